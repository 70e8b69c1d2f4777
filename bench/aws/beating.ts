import { setTimeout as pause } from 'node:timers/promises';
import { createActionRunner } from '#actions/action-runner';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { openSqs } from '#adapters/sqs/sqs-queue';
import { SYSTEM_IDS } from '#adapters/system/ids';
import { SILENT } from '#ports/telemetry';
import { createOperations, createScheduler } from '#scheduler/create-operations';
import { orderedCommit } from '#scheduler/ordered-commit';
import { claimWake, sweepEvery } from '#scheduler/sweeper/chain';
import { Sweeper } from '#scheduler/sweeper/sweep';
import { ManualClock } from '#test/contract/manual-clock';
import { openEmulators } from '#test/support/emulators/emulators';
import { meterDynamo, meterSqs } from '#test/support/emulators/meter';
import { beatEvery, TimerBeats } from '#workers/beats';
import { startWorker } from '#workers/start-worker';
import { alone } from '../bar.ts';
import { ACTIVITIES, CHAIN } from '../runs.ts';
import { beatOf, leaseOf, someFlow } from './leases.ts';
import type { Part } from './part.ts';
import { MONTH_SECONDS, PRICES } from './prices.ts';

const WORKERS = 100;
const FLOWS = 50;
const WINDOW_MS = 30_000;
/** The virtual time that is counted, from which a month is worked out. */
const COUNTED_MS = 10 * 60_000;
const SWEEPER = { memoryGb: 0.25, seconds: 0.15 } as const;

/** What workers cost by being there: their beats, who looks at them, the sweeper. */
export const beating: Part = {
  name: 'beating',
  async measure({ tiny, say }) {
    const emulators = await openEmulators();
    const clock = new ManualClock(Date.now());
    const dynamo = meterDynamo(emulators.dynamo);
    const sqs = meterSqs(emulators.sqs);
    const store = openDynamo({ client: emulators.dynamo, table: emulators.table, clock });
    const queue = openSqs({ client: emulators.sqs, clock, prefix: emulators.prefix, create: true });
    const s = createScheduler({
      store,
      queue,
      commit: orderedCommit(store, queue),
      clock,
      ids: SYSTEM_IDS,
      telemetry: SILENT,
    });
    await createOperations(s).putChart(CHAIN);
    const counted = tiny ? COUNTED_MS / 5 : COUNTED_MS;
    const months = (MONTH_SECONDS * 1_000) / counted;
    try {
      const held = () => Array.from({ length: FLOWS }, () => ({ flow: someFlow(), term: 2 }));
      const leases = Array.from({ length: WORKERS }, (_, i) => leaseOf(i, WINDOW_MS, held()));
      for (const lease of leases) await store.putLease(lease);

      // The list of flows is written once, and paid for by the beat that brings it: what is counted is a beat of a worker whose flows are the same.
      for (const lease of leases) await store.beat(beatOf(lease, 1));
      dynamo.reset();
      for (const lease of leases) await store.beat(beatOf(lease, 2));
      const perBeat = dynamo.sum('write') / WORKERS;
      const beats = (perBeat * WORKERS * MONTH_SECONDS * 1_000) / beatEvery(WINDOW_MS);

      // The sweeper comes every 5 s and sees all of them beat.
      const sweeper = new Sweeper(s, { windowMs: WINDOW_MS, perMinute: 1_000 });
      let sweeps = 0;
      let number = 2;
      const swept = { reads: 0, writes: 0, requests: 0 };
      for (let ms = 0; ms < counted; ms += sweepEvery(WINDOW_MS)) {
        if (ms % beatEvery(WINDOW_MS) === 0) {
          number++;
          for (const lease of leases) await store.beat(beatOf(lease, number));
        }
        await clock.advance(sweepEvery(WINDOW_MS));
        dynamo.reset();
        sqs.reset();
        await sweeper.sweep((((await store.readSetting('sweeper.chain')) as number | undefined) ?? 0) + 1, () => true);
        sweeps++;
        swept.reads += dynamo.sum('read');
        swept.writes += dynamo.sum('write');
        // The wake is sent by one request; it is received by Lambda's poller, and deleted.
        swept.requests += sqs.sum('request') + 2;
      }

      // One worker among them, with all its timers, while the sweeper's number moves.
      const actions = createActionRunner({ activities: ACTIVITIES as never, clock });
      const worker = await startWorker(s, {
        kind: 'external',
        name: 'worker-eu-1',
        queues: ['default'],
        places: FLOWS,
        windowMs: WINDOW_MS,
        actions,
        leases: { module: '', name: '', options: null },
        beats: new TimerBeats(store, clock),
      });
      await quiet(dynamo);
      dynamo.reset();
      let own = 0;
      for (let ms = 0; ms < counted; ms += 1_000) {
        await clock.advance(1_000);
        await quiet(dynamo);
        if (ms % sweepEvery(WINDOW_MS) === 0) {
          const before = dynamo.sum('read');
          await claimWake(s, undefined);
          own += dynamo.sum('read') - before;
        }
      }
      const looks = dynamo.sum('read') - own;
      say(`one worker: ${JSON.stringify(dynamo)}; a sweep: ${JSON.stringify(swept)} in ${sweeps}`);
      await worker.drain(0);
      await actions.close();

      const dollars = {
        beats: beats * PRICES.writeUnit,
        looks: looks * WORKERS * months * PRICES.readUnit,
        sweeper:
          months *
            (swept.reads * PRICES.readUnit + swept.writes * PRICES.writeUnit + swept.requests * PRICES.sqsRequest) +
          months * sweeps * (PRICES.lambdaRequest + SWEEPER.seconds * SWEEPER.memoryGb * PRICES.lambdaGbSecond),
      };
      const sum = dollars.beats + dollars.looks + dollars.sweeper;
      const polls = ((2 * MONTH_SECONDS) / 20) * WORKERS * PRICES.sqsRequest;
      const who = `${WORKERS} workers, each listing ${FLOWS} flows, window ${WINDOW_MS / 1_000} s`;
      return {
        counts: [
          alone('beating, a beat', 'write units', perBeat, undefined, who),
          alone('beating, beats', '$ a month', dollars.beats, undefined, who),
          alone(
            'beating, looks of workers',
            '$ a month',
            dollars.looks,
            undefined,
            `${who}: all that they read while nothing happens`,
          ),
          alone('beating, sweeper', '$ a month', dollars.sweeper, undefined, `${who}: a sweep every 5 s`),
          alone('beating, in all', '$ a month', sum, { bar: 25, is: 'at most' }, who),
          alone(
            'beating, polls',
            '$ a month',
            polls,
            undefined,
            `${who}: two queues each, 20 s a poll, when nothing comes; a worker whose places are taken asks for less`,
          ),
        ],
        notes: [`beating: a sweep is taken to last ${SWEEPER.seconds} s at ${SWEEPER.memoryGb} GB`],
      };
    } finally {
      await emulators.close();
    }
  },
};

/** Waits until nothing more is asked: requests take real time, and the clock stands still meanwhile. */
async function quiet(tally: { toJSON(): unknown }): Promise<void> {
  for (let before = ''; ; ) {
    await pause(4);
    const now = JSON.stringify(tally);
    if (now === before) return;
    before = now;
  }
}
