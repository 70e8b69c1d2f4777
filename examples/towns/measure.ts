import { readFile } from 'node:fs/promises';
import type { ActivityContext } from 'flowbeat/worker';
import { files, readJson, writeWhole } from './files.ts';
import { kilometres } from './sphere.ts';
import { CROWD_KM, type MeasuredTown, type Packet, type Town } from './town.ts';
import { TownIndex } from './town-index.ts';

export interface MeasureInput {
  readonly folder: string;
  readonly packet: Packet;
}

/** Measures every town of a packet: how far the next town is, and how many people live around it. */
export async function measure({ folder, packet }: MeasureInput, { log, heartbeat }: ActivityContext): Promise<Packet> {
  const all = TownIndex.fromBytes(await readFile(files.index(folder)));
  const towns = await readJson<Town[]>(files.packet(folder, packet.number));
  const measured = towns.map((town, i): MeasuredTown => {
    if (i % 500 === 0) heartbeat({ towns: i });
    const { id, chord2 } = all.nearest(town);
    return { ...town, away: kilometres(chord2), nearest: id, crowd: all.peopleWithin(town, CROWD_KM) };
  });
  await writeWhole(files.measured(folder, packet.number), JSON.stringify(measured));
  log(`packet ${packet.number}: ${measured.length} towns measured`);
  return { number: packet.number, towns: measured.length };
}
