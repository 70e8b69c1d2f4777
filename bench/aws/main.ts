/**
 * What Flowbeat costs on AWS, by counting requests: `npm run bench:aws [-- --json] [-- --only name,…] [--tiny]`.
 *
 * `counts` hold on any machine; `timings` do not. A missed bar is told and is no failure; what cannot be measured is one (exit code 1).
 */
import { parseArgs } from 'node:util';
import type { Result, Setting } from '../bar.ts';
import { inFolder } from '../floor.ts';
import { describeMachine } from '../machine.ts';
import { figure, machineText, table } from '../table.ts';
import type { Part } from './part.ts';
import { PARTS } from './parts.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    tiny: { type: 'boolean', default: false },
  },
});

/** What no figure tells. */
const NOT_MEASURED = [
  'AWS itself: requests are counted on emulators, by the sizes of what they carry, and priced as listed',
  'data transfer, free tiers, discounts and taxes',
  'what handlers cost beyond the time that the price model gives them',
];

async function main(): Promise<number> {
  const wanted = values.only?.split(',').map((name) => name.trim());
  const unknown = wanted?.filter((name) => !PARTS.some((part) => part.name === name)) ?? [];
  if (unknown.length > 0) {
    console.error(`There is no ${unknown.join(', ')}. Counted is: ${PARTS.map(({ name }) => name).join(', ')}.`);
    return 2;
  }
  // Timers of the code under test do not keep a process alive; this one does.
  const alive = setInterval(() => {}, 60_000);
  try {
    return await inFolder((folder) =>
      countAll(
        folder,
        PARTS.filter(({ name }) => wanted?.includes(name) ?? true),
      ),
    );
  } finally {
    clearInterval(alive);
  }
}

async function countAll(folder: string, parts: readonly Part[]): Promise<number> {
  const say = values.json ? () => {} : (text: string) => console.error(text);
  const machine = { ...describeMachine(folder, { prices: 'us-east-1, November 2026' }), notMeasured: NOT_MEASURED };
  say(`${machineText(machine)}\n`);
  const setting: Setting = { folder, rounds: 1, tiny: values.tiny, say };
  const counts: Result[] = [];
  const timings: Result[] = [];
  const notes: string[] = [];
  let wrong = 0;
  for (const part of parts) {
    try {
      const found = await part.measure(setting, counts);
      counts.push(...found.counts);
      timings.push(...(found.timings ?? []));
      notes.push(...(found.notes ?? []));
      for (const { name, value, unit } of found.counts) say(`${name}: ${figure(value)} ${unit}`);
    } catch (error) {
      wrong++;
      console.error(`${part.name}: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
  if (values.json) console.log(JSON.stringify({ machine, counts, timings, notes }));
  else tell(counts, timings, notes);
  return wrong > 0 ? 1 : 0;
}

function tell(counts: readonly Result[], timings: readonly Result[], notes: readonly string[]): void {
  console.log(`\n${table(counts)}`);
  if (timings.length > 0) console.log(`\nBy a clock, on this machine:\n${table(timings)}`);
  console.log(`\n${[...counts, ...timings].map(({ name, text }) => `${name}: ${text}`).join('\n')}`);
  console.log(`\nNotes:\n${notes.map((line) => `- ${line}`).join('\n')}`);
  console.log(`\nNot measured:\n${NOT_MEASURED.map((line) => `- ${line}`).join('\n')}`);
}

// Threads and sockets that a failed measurement left must not hold the program up.
process.exit(await main());
