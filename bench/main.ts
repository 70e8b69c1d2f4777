/**
 * Measures everything that docs/performance.md has a bar for: `npm run bench [-- --json] [-- --only name,…] [--rounds n] [--tiny]`.
 *
 * A benchmark, not a timed test: a missed bar is told and is no failure. What is wrong rather than slow is one: a history with a gap, an acknowledged
 * completion that is missing, a store that does not wait for the disk. Then the exit code is 1.
 */
import { parseArgs } from 'node:util';
import type { Bar, Result, Setting } from './bar.ts';
import { BARS } from './bars/all.ts';
import { inFolder } from './floor.ts';
import { describeMachine, NOT_MEASURED } from './machine.ts';
import { figure, machineText, table } from './table.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    tiny: { type: 'boolean', default: false },
  },
});

const LEAST_ROUNDS = 5;

async function main(): Promise<number> {
  const wanted = values.only?.split(',').map((name) => name.trim());
  const unknown = wanted?.filter((name) => !BARS.some((bar) => bar.name === name)) ?? [];
  const rounds = values.tiny ? 1 : Number(values.rounds);
  if (unknown.length > 0) return refuse(`There is no ${unknown.join(', ')}.`);
  if (!values.tiny && !(rounds >= LEAST_ROUNDS)) return refuse(`--rounds must be at least ${LEAST_ROUNDS}.`);
  // Timers of the code under test do not keep a process alive; this one does.
  const alive = setInterval(() => {}, 60_000);
  try {
    return await inFolder((folder) => measureAll(folder, rounds, wanted));
  } finally {
    clearInterval(alive);
  }
}

function refuse(why: string): number {
  console.error(`${why} Measured is: ${BARS.map(({ name }) => name).join(', ')}.`);
  return 2;
}

async function measureAll(folder: string, rounds: number, wanted: readonly string[] | undefined): Promise<number> {
  const say = (text: string) => console.error(text);
  const settings = { journal_mode: 'wal', synchronous: 'FULL', breaks: 'every-action', rounds };
  const machine = describeMachine(folder, settings);
  if (!values.json) say(`${machineText(machine)}\n`);
  const results: Result[] = [];
  let wrong = 0;
  for (const bar of BARS.filter(({ name }) => wanted?.includes(name) ?? true)) {
    try {
      const measured = await measure(bar, { folder, rounds, tiny: values.tiny, say: values.json ? () => {} : say });
      results.push(...measured);
    } catch (error) {
      wrong++;
      console.error(`${bar.name}: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
  if (values.json) console.log(JSON.stringify({ machine, results }));
  else {
    console.log(`\n${table(results)}\n`);
    for (const { name, text } of results) console.log(`${name}: ${text}`);
    console.log(`\nNot measured:\n${NOT_MEASURED.map((line) => `- ${line}`).join('\n')}`);
  }
  return wrong > 0 ? 1 : 0;
}

async function measure(bar: Bar, setting: Setting): Promise<readonly Result[]> {
  const began = performance.now();
  const results = await bar.measure(setting);
  for (const { name, value, unit, ratio } of results) {
    const took = `${((performance.now() - began) / 1_000).toFixed(0)} s`;
    setting.say(
      `${name}: ${figure(value)} ${unit}${ratio === null ? '' : `, ${ratio.toFixed(2)} of the floor`} (${took})`,
    );
  }
  return results;
}

// Processes and threads that a failed measurement left must not hold the program up.
process.exit(await main());
