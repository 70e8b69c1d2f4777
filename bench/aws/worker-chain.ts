import { alone } from '../bar.ts';
import { ACTIONS } from '../floor.ts';
import { CHAIN, INPUT } from '../runs.ts';
import type { Part } from './part.ts';
import { type Cost, openRig } from './rig.ts';

const TEXT =
  'start, claim, history, list and queue included; not beats and polls that bring nothing, which are paid by time';

/** A chain of ten actions with small values, run by a worker. */
export const workerChain: Part = {
  name: 'worker',
  async measure({ tiny, say }) {
    await using rig = await openRig();
    await rig.operations.putChart(CHAIN);
    await rig.work();
    // Once a day and queue, not once a run: the queue is made, the list's day is noted.
    await rig.run('bench', 'first', INPUT);
    const flight = tiny ? 5 : 100;
    const names = Array.from({ length: flight }, (_, i) => `0192f1c4-7a52-7d3c-9f0e-5b1c2d3e4${i}`);
    const one = await rig.count(() => rig.run('bench', 'one-0192f1c4-7a52-7d3c-9f0e', INPUT));
    const many = await rig.count(() => Promise.all(names.map((name) => rig.run('bench', name, INPUT))));
    say(`one: ${one.of}\n${flight}: ${many.of}`);
    return {
      counts: [
        ...figures('worker, one chain', one, ACTIONS),
        ...figures('worker, chains side by side', many, ACTIONS * flight),
      ],
    };
  },
};

function figures(what: string, { writes, reads, requests }: Cost, actions: number) {
  const most = (bar: number) => ({ bar, is: 'at most' }) as const;
  return [
    alone(`${what}, writes`, 'units an action', writes / actions, most(2), `${TEXT} (stretch 1.6)`),
    alone(`${what}, reads`, 'units an action', reads / actions, undefined, TEXT),
    alone(`${what}, SQS`, 'requests an action', requests / actions, most(0.5), `${TEXT} (stretch 0.3)`),
  ];
}
