import { type Projection, projection } from './projection.ts';
import type { Cell, Summary } from './summary.ts';
import { count, escapeText, people, round } from './text.ts';

const MAP_WIDTH = 1000;
/** Room for the people by latitude, right of the map. */
const PROFILE = { gap: 22, width: 118 };
const MARGIN = { top: 14, bottom: 30 };

/** From how many people on a cell is drawn stronger, and how wide its dot is. The first takes in cells whose people nobody counted. */
export const CLASSES = [
  { from: 0, dot: 1.1 },
  { from: 5_000, dot: 1.3 },
  { from: 25_000, dot: 1.6 },
  { from: 125_000, dot: 2.1 },
  { from: 625_000, dot: 3 },
  { from: 3_000_000, dot: 4.4 },
] as const;

/** The map of the world's towns, with the people by latitude beside it. */
export function drawMap(summary: Summary): string {
  const map = projection(MAP_WIDTH);
  const width = MAP_WIDTH + PROFILE.gap + PROFILE.width;
  const height = map.height + MARGIN.top + MARGIN.bottom;
  return `<svg class="map" viewBox="0 ${-MARGIN.top} ${width} ${round(height)}" role="img" aria-labelledby="map-title map-desc">
<title id="map-title">Map of the world’s towns</title>
<desc id="map-desc">${escapeText(describe(summary))}</desc>
<g class="graticule" aria-hidden="true">${graticule(map)}</g>
<g class="lights">${lights(summary.cells, map)}</g>
<g class="lonely">${lonely(summary, map)}</g>
${profile(summary.latitudes, map)}
</svg>`;
}

function describe({ cells, towns, latitudes }: Summary): string {
  const peak = latitudes.indexOf(Math.max(...latitudes)) - 90;
  return (
    `${count(towns)} towns in ${count(cells.length)} cells of half a degree, each a dot, the larger and stronger the more people live there. ` +
    `Rings mark the ten loneliest towns. To the right the people by degree of latitude; most live between ${peak}° and ${peak + 1}°.`
  );
}

function graticule(map: Projection): string {
  const lines: string[] = [];
  for (let lon = -180; lon <= 180; lon += 30) {
    const points: string[] = [];
    for (let lat = -58; lat <= 84; lat += 2) points.push(`${round(map.x(lat, lon))} ${round(map.y(lat))}`);
    lines.push(`<path d="M${points.join('L')}"/>`);
  }
  for (const lat of PARALLELS) {
    const y = round(map.y(lat));
    lines.push(`<path d="M${round(map.x(lat, -180))} ${y}H${round(map.x(lat, 180))}"/>`);
  }
  return lines.join('');
}

const PARALLELS = [-30, 0, 30, 60];

/** One path a class: each dot is a line of no length with round ends, the shortest form there is for 20,000 of them. */
function lights(cells: readonly Cell[], map: Projection): string {
  return CLASSES.map(({ from, dot }, i) => {
    const to = CLASSES[i + 1]?.from ?? Number.POSITIVE_INFINITY;
    const dots = cells
      .filter(({ people, lat }) => people >= from && people < to && lat >= -58)
      .map(({ lat, lon }) => `M${round(map.x(lat, lon))} ${round(map.y(lat))}h0`);
    return `<path class="light-${i}" stroke-width="${dot}" d="${dots.join('')}"/>`;
  }).join('');
}

function lonely({ loneliest }: Summary, map: Projection): string {
  return loneliest
    .map(({ name, lat, lon }, i) => {
      // Antarctica is below the map's edge: its one town is marked there.
      const at = Math.max(lat, -57);
      const [x, y] = [map.x(at, lon), map.y(at)];
      const label = i === 6 ? -9 : 9;
      const anchor = label < 0 ? ' text-anchor="end"' : '';
      return `<g><title>${i + 1}. ${escapeText(name)}</title><circle cx="${round(x)}" cy="${round(y)}" r="5"/><text x="${round(x + label)}" y="${round(y + 4)}"${anchor}>${i + 1}</text></g>`;
    })
    .join('');
}

/** The people by latitude, each degree as high as on the map. */
function profile(latitudes: readonly number[], map: Projection): string {
  const left = MAP_WIDTH + PROFILE.gap;
  const most = Math.max(...latitudes);
  const bars = latitudes.flatMap((value, i) => {
    const south = i - 90;
    if (value === 0 || south < -58 || south + 1 > 84) return [];
    const [top, bottom] = [map.y(south + 1), map.y(south)];
    const width = (value / most) * PROFILE.width;
    return `<rect x="${left}" y="${round(top)}" width="${round(width)}" height="${round(Math.max(0.6, bottom - top - 0.5))}"><title>${degrees(south)} to ${degrees(south + 1)}: ${people(value)}</title></rect>`;
  });
  const labels = PARALLELS.map(
    (lat) => `<text x="${left - 6}" y="${round(map.y(lat) + 3.5)}" text-anchor="end">${degrees(lat)}</text>`,
  );
  return `<g class="profile">${bars.join('')}</g>
<g class="axis">${labels.join('')}<text x="${left}" y="${round(map.height + 20)}">people by latitude</text></g>`;
}

const degrees = (lat: number): string => (lat === 0 ? '0°' : `${Math.abs(lat)}°${lat < 0 ? 'S' : 'N'}`);
