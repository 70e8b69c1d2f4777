import { AWAY_BOUNDS, type Summary } from './summary.ts';
import { count, countryName, escapeText, people, round } from './text.ts';

/** Countries that the chart shows; the table below it has all. */
const SHOWN = 15;

/** Bars of the countries with the most towns. */
export function drawCountries({ countries }: Summary): string {
  const shown = countries.slice(0, SHOWN);
  const [row, left, width, end] = [26, 132, 330, 560];
  const most = shown[0]?.towns ?? 1;
  const first = shown[0];
  const bars = shown.map(({ country, towns, people: inhabitants }, i) => {
    const y = i * row;
    const length = (towns / most) * width;
    const name = countryName(country);
    return `<g data-country="${country}"><title>${escapeText(name)}: ${count(towns)} towns, ${people(inhabitants)} people</title>
<text class="name" x="${left - 10}" y="${y + 17}" text-anchor="end">${escapeText(name)}</text>
<rect x="${left}" y="${y + 5}" width="${round(length)}" height="${row - 9}" rx="2"/>
<text class="value" x="${round(left + length + 7)}" y="${y + 17}">${count(towns)}</text></g>`;
  });
  const desc = first
    ? `The ${SHOWN} countries with the most towns, from ${countryName(first.country)} with ${count(first.towns)} down.`
    : '';
  return `<svg class="bars" viewBox="0 0 ${end} ${shown.length * row + 4}" role="img" aria-labelledby="countries-title countries-desc">
<title id="countries-title">Countries with the most towns</title>
<desc id="countries-desc">${escapeText(desc)}</desc>
${bars.join('\n')}
</svg>`;
}

/** Columns of the towns by the distance to the next one. */
export function drawDistances({ away, towns, medianAway }: Summary): string {
  const [width, height, top, step] = [560, 300, 28, 60];
  const left = (width - away.length * step) / 2;
  const most = Math.max(...away);
  const columns = away.map((value, i) => {
    const tall = (value / most) * height;
    const x = left + i * step;
    return `<g data-class="${classLabel(i)}"><title>${classLabel(i)} km: ${count(value)} towns, ${share(value, towns)}</title>
<rect x="${x + 3}" y="${round(top + height - tall)}" width="${step - 6}" height="${round(Math.max(tall, 1))}" rx="2"/>
<text class="value" x="${x + step / 2}" y="${round(top + height - tall - 7)}" text-anchor="middle">${count(value)}</text>
<text class="name" x="${x + step / 2}" y="${top + height + 19}" text-anchor="middle">${classLabel(i)}</text></g>`;
  });
  return `<svg class="columns" viewBox="0 0 ${width} ${top + height + 52}" role="img" aria-labelledby="away-title away-desc">
<title id="away-title">Towns by the distance to the next town</title>
<desc id="away-desc">Half of the towns have another one within ${medianAway.toFixed(1)} kilometres.</desc>
${columns.join('\n')}
<text class="axis-name" x="${width / 2}" y="${top + height + 45}" text-anchor="middle">kilometres to the next town</text>
</svg>`;
}

/** `2–4`; the last is open. */
export const classLabel = (i: number): string =>
  i === 0
    ? 'under 1'
    : i === AWAY_BOUNDS.length
      ? `${AWAY_BOUNDS[i - 1]} up`
      : `${AWAY_BOUNDS[i - 1]}–${AWAY_BOUNDS[i]}`;

const share = (value: number, all: number): string => `${((value / all) * 100).toFixed(1)} %`;
