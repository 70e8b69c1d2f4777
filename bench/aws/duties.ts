import { createHash } from 'node:crypto';
import { epoch } from '#engine/time';
import type { FlowRecord } from '#ports/flow-record';
import { type Incarnation, rootFlow, runId } from '#ports/ids';
import type { Lease } from '#ports/lease';
import type { Commit } from '#ports/write';
import { Sweeper } from '#scheduler/sweeper/sweep';
import { tickAhead } from '#scheduler/tick-ahead';
import { alone, type Result } from '../bar.ts';
import { beatOf, leaseOf } from './leases.ts';
import type { Part } from './part.ts';
import { type Cost, openRig, type Rig } from './rig.ts';

const SIZES = [100, 10_000, 100_000];
const WORKERS = 100;
const WINDOW_MS = 30_000;
const DAY_MS = 86_400_000;
/** Put together. */
const CHUNK = 2_500;

/**
 * What a tick and a sweep cost where so many runs wait for a time that is far away, and as many are in the hands of a hundred healthy workers. A run costs its own
 * writes and its worker's beat; looking after all of them is to cost the same, however many there are.
 */
export const duties: Part = {
  name: 'duties',
  async measure({ tiny, say }) {
    await using rig = await openRig();
    const sweeper = new Sweeper(rig.s, { windowMs: WINDOW_MS, perMinute: 6_000 });
    const leases = Array.from({ length: WORKERS }, (_, i) => leaseOf(i, WINDOW_MS, []));
    for (const lease of leases) await rig.s.store.putLease(lease);
    // A sweep begins the day's census, which reads all there is; it is of a day, not of a sweep.
    await sweeper.sweep(undefined, () => true);
    // The first tick lists the charts that were put by older code.
    await tickAhead(rig.s, () => true);
    const counts: Result[] = [];
    const first = new Map<string, number>();
    let there = 0;
    for (const [beat, size] of (tiny ? SIZES.slice(0, 1) : SIZES).entries()) {
      for (; there < size; there = Math.min(size, there + CHUNK)) {
        const until = Math.min(size, there + CHUNK);
        await rig.fill((commit) => putBoth(rig, commit, leases, there, until));
      }
      for (const lease of leases)
        await rig.s.store.beat(beatOf({ ...lease, flows: heldBy(leases, lease, size) }, beat + 1));
      const costs = {
        tick: await rig.count(() => tickAhead(rig.s, () => true)),
        sweep: await rig.count(() => sweeper.sweep(undefined, () => true)),
      };
      for (const [what, cost] of Object.entries(costs)) {
        say(`${what} at ${size}: ${cost.of}`);
        const units = unitsOf(cost);
        const least = first.get(what) ?? units;
        first.set(what, least);
        counts.push(
          alone(
            `${what}, ${size.toLocaleString('en-US')} waiting and as many healthy runs`,
            'units and requests',
            units,
            { bar: Math.max(least, 1), is: 'at most' },
            `no more than with the fewest: write and read units, and SQS requests; ${WORKERS} workers`,
          ),
        );
      }
    }
    return { counts };
  },
};

const unitsOf = ({ writes, reads, leases, requests }: Cost): number => writes + reads + leases + requests;

/** As long, and as hard to pack, as a name that nobody chose. */
const nameOf = (kind: string, index: number) =>
  runId('nightly-report', createHash('md5').update(`${kind} ${index}`).digest('hex'));

/** Every hundredth run is of the same worker. */
const heldBy = (leases: readonly Lease[], lease: Lease, size: number) =>
  Array.from({ length: size / WORKERS }, (_, i) => ({
    flow: rootFlow(nameOf('held', i * WORKERS + leases.indexOf(lease))),
    term: 2,
  }));

async function putBoth({ s }: Rig, commit: Commit, leases: readonly Lease[], from: number, until: number) {
  const now = s.clock.now();
  const due = epoch(now + DAY_MS);
  for (let index = from; index < until; index++) {
    const waits = flowOf(nameOf('waits', index), now, { status: 'Waiting', waits: { for: 'time', due } });
    const message = { kind: 'flow', queue: 'default', flow: waits.id, term: 2, needs: '', due } as const;
    const owner = leases[index % WORKERS]!.incarnation;
    await commit([
      // As the scheduler leaves a run that waits for a day: its due row, and its flow.
      { kind: 'putDue', row: { due, message } },
      { kind: 'putFlow', flow: waits, facts: [] },
      { kind: 'putFlow', flow: flowOf(nameOf('held', index), now, { status: 'Owned', owner }), facts: [] },
    ]);
  }
}

type Standing = Pick<FlowRecord, 'status' | 'waits'> & { readonly owner?: Incarnation };

const flowOf = (run: FlowRecord['run'], now: FlowRecord['startedAt'], standing: Standing): FlowRecord => ({
  format: 1,
  id: rootFlow(run),
  run,
  chart: 'nightly-report',
  version: 1,
  queue: 'default',
  needs: '',
  startedAt: now,
  nonce: 'Zk3PqX0aLm9RtYw2Bn4Cv6',
  ...standing,
  term: 2,
  seq: 1,
  claims: 0,
  position: { at: 'Sleep', phase: 'wait', step: 1, input: { n: 1 }, vars: {}, entered: now, attempt: 0 },
  redrives: 0,
  updated: now,
});
