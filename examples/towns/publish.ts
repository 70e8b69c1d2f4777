import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActivityContext } from 'flowbeat/worker';
import { files, readJson, writeWhole } from './files.ts';
import { renderPage } from './page.ts';
import type { Summary } from './summary.ts';

export interface PublishInput {
  readonly folder: string;
  readonly packets: number;
  readonly attempts: number;
  readonly drawings: readonly [{ readonly drawing: string }, { readonly drawing: string }];
}

/** Puts the page together. What the packets were is not needed any more; what the page is made of stays, so that it can be made again. */
export async function publish(
  { folder, packets, attempts, drawings: [map, charts] }: PublishInput,
  { run, log }: ActivityContext,
): Promise<{ readonly page: string; readonly towns: number; readonly countries: number }> {
  const summary = await readJson<Summary>(files.summary(folder));
  const drawings = { map: await readFile(map.drawing, 'utf8'), charts: await readFile(charts.drawing, 'utf8') };
  const page = files.page(folder);
  await writeWhole(page, renderPage(summary, drawings, { run, packets, attempts }));
  for (const scratch of ['packets', 'measured', 'index.bin']) {
    await rm(join(folder, scratch), { recursive: true, force: true });
  }
  log(`the report is at ${page}`);
  return { page, towns: summary.towns, countries: summary.countries.length };
}
