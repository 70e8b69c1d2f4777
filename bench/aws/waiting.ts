import { setTimeout as pause } from 'node:timers/promises';
import { type RunId, rootFlow, runId } from '#ports/ids';
import { tick } from '#scheduler/tick';
import { alone } from '../bar.ts';
import { INPUT } from '../runs.ts';
import type { Part } from './part.ts';
import { openRig, type Rig } from './rig.ts';

const HOUR_MS = 3_600_000;
const AT_MOST_3 = { bar: 3, is: 'at most' } as const;

const work = (more: object) => ({ Type: 'Task', Resource: 'activity:work', ...more });
const chart = (name: string, between: object) =>
  JSON.stringify({
    name,
    definition: {
      StartAt: 'Before',
      States: { Before: work({ Next: 'Between' }), After: work({ End: true }), Between: between },
    },
  });

/** The same run without a wait, and with one of two hours. */
const CHARTS = {
  passes: { Type: 'Pass', Next: 'After' },
  sleeps: { Type: 'Wait', Seconds: 7_200, Next: 'After' },
} as const;

/** What a wait adds to a run, going in and coming out, and what it costs while it lasts. */
export const waiting: Part = {
  name: 'waiting',
  async measure({ tiny, say }) {
    await using rig = await openRig();
    for (const [name, between] of Object.entries(CHARTS)) await rig.operations.putChart(chart(name, between));
    await rig.work();
    // The name of the day is written once.
    await rig.run('passes', 'first', INPUT);
    const count = tiny ? 3 : 50;
    const names = Array.from({ length: count }, (_, i) => `0192f1c4-7a52-7d3c-9f0e-5b1c2d3e4${i}`);
    const without = await rig.count(() => Promise.all(names.map((name) => rig.run('passes', name, INPUT))));
    const sleeping = await through(rig, names);
    say(`without: ${without.of}\nin: ${sleeping.into.of}\nout: ${sleeping.out.of}`);
    const per = (what: 'writes' | 'requests') =>
      sleeping.into[what] / count + sleeping.out[what] / (count + 1) - without[what] / count;
    const text = 'what a wait of two hours adds to a run: going in, coming out, the tick included';
    return {
      counts: [
        alone('waiting, in and out', 'write units a wait', per('writes'), AT_MOST_3, text),
        alone('waiting, SQS', 'requests a wait', per('requests'), undefined, text),
        alone(
          'waiting, meanwhile',
          'write units',
          sleeping.meanwhile,
          { bar: 0, is: 'at most' },
          'an hour of waiting; it is stored, and nothing else',
        ),
      ],
    };
  },
};

/** Runs into the wait, an hour of it, and out again, with one before them for which the name of the hour is written. */
async function through(rig: Rig, names: readonly string[]) {
  const first = await rig.start('sleeps', 'first', INPUT);
  await asleep(rig, runId('sleeps', 'first'));
  const ends = [first.ended];
  const into = await rig.count(async () => {
    for (const name of names) ends.push((await rig.start('sleeps', name, INPUT)).ended);
    await Promise.all(names.map((name) => asleep(rig, runId('sleeps', name))));
  });
  rig.turn(HOUR_MS);
  const { writes: meanwhile } = await rig.count(() => tick(rig.s));
  rig.turn(HOUR_MS);
  const out = await rig.count(async () => {
    await tick(rig.s);
    await Promise.all(ends);
  });
  return { into, meanwhile, out };
}

async function asleep({ s }: Rig, run: RunId): Promise<void> {
  while ((await s.store.readFlow(rootFlow(run)))?.status !== 'Waiting') await pause(20);
}
