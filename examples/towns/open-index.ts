import { access } from 'node:fs/promises';
import { type ActivityContext, ActivityError } from 'flowbeat/worker';
import { files, readJson, writeWhole } from './files.ts';
import type { Packet, Town } from './town.ts';
import { TownIndex } from './town-index.ts';

export interface OpenIndexInput {
  readonly folder: string;
  readonly packets: readonly Packet[];
}

/** Indexes that this process is building, by file. */
const building = new Map<string, Promise<void>>();

/**
 * Asks for the index of all towns. Nobody waits inside an action for what takes its time elsewhere: the first attempt finds no index, has it
 * built in the background and fails with `Index.NotReady`; the chart's `Retry` asks again. Should the worker die meanwhile, the
 * next attempt, wherever it runs, finds no index either and has it built anew.
 */
export async function openIndex(
  { folder, packets }: OpenIndexInput,
  { attempt, log }: ActivityContext,
): Promise<{ readonly attempts: number }> {
  const file = files.index(folder);
  try {
    await access(file);
  } catch {
    if (!building.has(file)) {
      const build = buildIndex(folder, packets).finally(() => building.delete(file));
      // The attempt that follows a failed build starts another one, and its error is told there.
      build.catch((error: unknown) => log.error(`the index was not built: ${String(error)}`));
      building.set(file, build);
    }
    throw new ActivityError('Index.NotReady', 'The index is being built; ask again in a moment.');
  }
  log(`the index was there at attempt ${attempt + 1}`);
  return { attempts: attempt + 1 };
}

async function buildIndex(folder: string, packets: readonly Packet[]): Promise<void> {
  const towns: Town[] = [];
  for (const { number } of packets) towns.push(...(await readJson<Town[]>(files.packet(folder, number))));
  await writeWhole(files.index(folder), TownIndex.of(towns).toBytes());
}
