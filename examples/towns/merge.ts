import type { ActivityContext } from 'flowbeat/worker';
import { files, readJson, writeWhole } from './files.ts';
import { summarize } from './summary.ts';
import type { MeasuredTown, Packet } from './town.ts';

export interface MergeInput {
  readonly folder: string;
  readonly read: number;
  readonly measured: readonly Packet[];
}

/** Joins what the packets found. */
export async function merge(
  { folder, read, measured }: MergeInput,
  { log, signal }: ActivityContext,
): Promise<{ readonly towns: number; readonly countries: number; readonly people: number }> {
  const towns: MeasuredTown[] = [];
  for (const { number } of measured) {
    signal.throwIfAborted();
    towns.push(...(await readJson<MeasuredTown[]>(files.measured(folder, number))));
  }
  const summary = summarize(read, towns);
  await writeWhole(files.summary(folder), JSON.stringify(summary));
  log(`${measured.length} packets joined: ${summary.towns} towns in ${summary.countries.length} countries`);
  return { towns: summary.towns, countries: summary.countries.length, people: summary.people };
}
