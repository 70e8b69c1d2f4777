import type { ActivityContext } from 'flowbeat/worker';
import { files, folderOf, writeWhole } from './files.ts';
import { readTowns } from './read-towns.ts';
import type { Packet } from './town.ts';

/** Towns in a packet where the run's input does not say. */
const PACKET_SIZE = 5000;

export interface ExtractInput {
  readonly packetSize?: number;
}

export interface Extracted {
  readonly folder: string;
  /** Places in the data set. */
  readonly read: number;
  /** Those that are towns. */
  readonly towns: number;
  readonly packets: readonly Packet[];
}

/** Reads the data set and lays its towns down in packets. */
export async function extract(
  { packetSize = PACKET_SIZE }: ExtractInput,
  { run, log, signal }: ActivityContext,
): Promise<Extracted> {
  if (!Number.isInteger(packetSize) || packetSize < 1)
    throw new RangeError('packetSize must be a whole number above 0');
  const { read, towns } = await readTowns();
  const folder = folderOf(run);
  const packets: Packet[] = [];
  for (let from = 0; from < towns.length; from += packetSize) {
    signal.throwIfAborted();
    const number = packets.length + 1;
    const part = towns.slice(from, from + packetSize);
    await writeWhole(files.packet(folder, number), JSON.stringify(part));
    packets.push({ number, towns: part.length });
  }
  log(`${towns.length} of ${read} places are towns; they make ${packets.length} packets`);
  return { folder, read, towns: towns.length, packets };
}
