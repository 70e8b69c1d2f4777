import { alone } from '../bar.ts';
import { ACTIONS } from '../floor.ts';
import { CHAIN, INPUT } from '../runs.ts';
import type { Part } from './part.ts';
import { type Cost, openRig, type Rig } from './rig.ts';

const TEXT =
  'start, claim, history, list and queue included; not beats and polls that bring nothing, which are paid by time';

/** A chain of ten actions with small values, run by a worker. */
export const workerChain = chain('worker', (rig) => rig.work(), { writes: 2, requests: 0.5 }, ' (stretch 1.6 and 0.3)');

/** The same by Lambda alone. */
export const lambdaChain = chain('lambda', (rig) => rig.execute(), { writes: 2.2, requests: 1 }, '');

interface Most {
  readonly writes: number;
  readonly requests: number;
}

function chain(name: string, begin: (rig: Rig) => Promise<void>, most: Most, stretch: string): Part {
  return {
    name,
    async measure({ tiny, say }) {
      await using rig = await openRig();
      await rig.operations.putChart(CHAIN);
      await begin(rig);
      // Once a day and queue, not once a run: the queue is made, the list's day is noted.
      await rig.count(() => rig.run('bench', 'first', INPUT));
      const flight = tiny ? 5 : 100;
      const names = Array.from({ length: flight }, (_, i) => `0192f1c4-7a52-7d3c-9f0e-5b1c2d3e4${i}`);
      const one = await rig.count(() => rig.run('bench', 'one-0192f1c4-7a52-7d3c-9f0e', INPUT));
      const many = await rig.count(() => Promise.all(names.map((each) => rig.run('bench', each, INPUT))));
      say(`one: ${one.of}\n${flight}: ${many.of}`);
      return {
        counts: [
          ...figures(`${name}, one chain`, one, ACTIONS, most, stretch),
          ...figures(`${name}, chains side by side`, many, ACTIONS * flight, most, stretch),
        ],
      };
    },
  };
}

function figures(what: string, { writes, reads, requests }: Cost, actions: number, most: Most, stretch: string) {
  const bar = (value: number) => ({ bar: value, is: 'at most' }) as const;
  const text = TEXT + stretch;
  return [
    alone(`${what}, writes`, 'units an action', writes / actions, bar(most.writes), text),
    alone(`${what}, reads`, 'units an action', reads / actions, undefined, text),
    alone(`${what}, SQS`, 'requests an action', requests / actions, bar(most.requests), text),
  ];
}
