import { epoch } from '#engine/time';
import type { FlowRecord } from '#ports/flow-record';
import { type FlowId, rootFlow, runId } from '#ports/ids';
import type { Write } from '#ports/write';
import { Sweeper } from '#scheduler/sweeper/sweep';
import { tickAhead } from '#scheduler/tick-ahead';
import { alone, type Result } from '../bar.ts';
import type { Part } from './part.ts';
import { type Cost, openRig, type Rig } from './rig.ts';

const SIZES = [100, 10_000, 100_000];
const DAY_MS = 86_400_000;
/** Side by side into the emulator. */
const BATCH = 250;

/** What a tick and a sweep cost where so many runs wait for a time that is far away. */
export const duties: Part = {
  name: 'duties',
  async measure({ tiny, say }) {
    await using rig = await openRig();
    const sweeper = new Sweeper(rig.s, { windowMs: 30_000, perMinute: 6_000 });
    const counts: Result[] = [];
    const first = new Map<string, number>();
    let waiting = 0;
    for (const size of tiny ? SIZES.slice(0, 1) : SIZES) {
      while (waiting < size) {
        const many = Math.min(BATCH, size - waiting);
        await Promise.all(Array.from({ length: many }, (_, i) => putWaiting(rig, waiting + i)));
        waiting += many;
      }
      // The day's census is of a day, not of a sweep.
      await sweeper.sweep(undefined, () => true);
      const costs = {
        tick: await rig.count(() => tickAhead(rig.s, () => true)),
        sweep: await rig.count(() => sweeper.sweep(undefined, () => true)),
      };
      for (const [what, cost] of Object.entries(costs)) {
        say(`${what} at ${size}: ${cost.of}`);
        const units = unitsOf(cost);
        const least = first.get(what) ?? units;
        first.set(what, least);
        const most = { bar: Math.max(least, 1), is: 'at most' } as const;
        counts.push(
          alone(
            `${what}, ${size} waiting runs`,
            'units and requests',
            units,
            most,
            'no more than with the fewest: write and read units, and SQS requests',
          ),
        );
      }
    }
    return { counts };
  },
};

const unitsOf = ({ writes, reads, requests }: Cost): number => writes + reads + requests;

/** As the scheduler leaves a run that waits for a day: its due row, and its flow. */
async function putWaiting({ s }: Rig, index: number): Promise<void> {
  const now = s.clock.now();
  const due = epoch(now + DAY_MS);
  const run = runId('nightly-report', `run-${String(index).padStart(8, '0')}`);
  const id: FlowId = rootFlow(run);
  const flow: FlowRecord = {
    format: 1,
    id,
    run,
    chart: 'nightly-report',
    version: 1,
    queue: 'default',
    needs: '',
    startedAt: now,
    nonce: 'Zk3PqX0aLm9RtYw2Bn4Cv6',
    status: 'Waiting',
    waits: { for: 'time', due },
    term: 2,
    seq: 1,
    claims: 0,
    position: { at: 'Sleep', phase: 'wait', step: 1, input: { n: index }, vars: {}, entered: now, attempt: 0, due },
    redrives: 0,
    updated: now,
  };
  const message = { kind: 'flow', queue: 'default', flow: id, term: 2, needs: '', due } as const;
  const writes: Write[] = [
    { kind: 'putDue', row: { due, message } },
    { kind: 'putFlow', flow, facts: [] },
  ];
  await s.commit(writes);
}
