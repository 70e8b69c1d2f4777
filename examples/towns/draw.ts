import type { ActivityContext } from 'flowbeat/worker';
import { drawCountries, drawDistances } from './draw-charts.ts';
import { drawMap as mapOf } from './draw-map.ts';
import { files, readJson, writeWhole } from './files.ts';
import type { Summary } from './summary.ts';
import { decimal } from './text.ts';

export interface DrawInput {
  readonly folder: string;
}

/** Draws the map. */
export async function drawMap({ folder }: DrawInput, { log }: ActivityContext): Promise<{ readonly drawing: string }> {
  const summary = await readJson<Summary>(files.summary(folder));
  const drawing = files.drawing(folder, 'map');
  await writeWhole(drawing, mapOf(summary));
  log(`the map has ${summary.cells.length} lights`);
  return { drawing };
}

/** Draws the two charts. */
export async function drawCharts({ folder }: DrawInput): Promise<{ readonly drawing: string }> {
  const summary = await readJson<Summary>(files.summary(folder));
  const drawing = files.drawing(folder, 'charts');
  await writeWhole(
    drawing,
    `<div class="pair">
<figure><h2>Where the towns are</h2><p class="note">Number of towns, the fifteen countries with the most.</p>${drawCountries(summary)}</figure>
<figure><h2>How far to the next one</h2><p class="note">Half of all towns have another within ${decimal(summary.medianAway)} km.</p>${drawDistances(summary)}</figure>
</div>`,
  );
  return { drawing };
}
