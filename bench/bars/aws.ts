import { createActionRunner } from '#actions/action-runner';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { openSqs } from '#adapters/sqs/sqs-queue';
import { SYSTEM_IDS } from '#adapters/system/ids';
import { type FlowId, rootFlow, runId } from '#ports/ids';
import { createOperations, createScheduler } from '#scheduler/create-operations';
import { orderedCommit } from '#scheduler/ordered-commit';
import { openEmulators } from '#test/support/emulators/emulators';
import { meterDynamo, meterSqs } from '#test/support/emulators/meter';
import { REAL_CLOCK as clock } from '#test/support/emulators/real-clock';
import { TimerBeats } from '#workers/beats';
import { Worker } from '#workers/worker';
import { alone, type Bar, type Result, type Setting } from '../bar.ts';
import { ACTIONS } from '../floor.ts';
import { ACTIVITIES, CHAIN, INPUT } from '../runs.ts';

const BRANCHES = 1_000;

const MAP = JSON.stringify({
  name: 'map',
  definition: {
    StartAt: 'Each',
    States: {
      Each: {
        Type: 'Map',
        ItemsPath: '$.items',
        ItemProcessor: {
          StartAt: 'Work',
          States: { Work: { Type: 'Task', Resource: 'activity:work', End: true } },
        },
        ResultPath: null,
        End: true,
      },
    },
  },
});

/** A worker, its scheduler, and the meters, over emulators in this process. */
async function open() {
  const emulators = await openEmulators();
  const dynamo = meterDynamo(emulators.dynamo);
  const sqs = meterSqs(emulators.sqs);
  const store = openDynamo({ client: emulators.dynamo, table: emulators.table, clock });
  const queue = openSqs({ client: emulators.sqs, clock, prefix: emulators.prefix, create: true });
  const ended = new Map<FlowId, (status: unknown) => void>();
  const telemetry = {
    event(name: string, fields: Readonly<Record<string, unknown>>) {
      if (name === 'ended') ended.get(fields.flow as FlowId)?.(fields.status);
    },
  };
  const commit = orderedCommit(store, queue);
  const s = createScheduler({ store, queue, commit, clock, ids: SYSTEM_IDS, telemetry });
  const operations = createOperations(s);
  await operations.putChart(CHAIN);
  await operations.putChart(MAP);
  const actions = createActionRunner({ activities: ACTIVITIES as never, clock });
  const worker = new Worker(s, {
    name: 'worker-eu-1',
    kind: 'external',
    host: 'bench',
    queues: ['default'],
    places: 100,
    windowMs: 30_000,
    pollMs: 20_000,
    actions,
    beats: new TimerBeats(store, clock),
  });
  await worker.start();
  const run = async (chart: string, name: string, input: never): Promise<void> => {
    const end = new Promise((resolve) => ended.set(rootFlow(runId(chart, name)), resolve));
    await operations.startRun({ chart, name, input });
    const status = await end;
    if (status !== 'Succeeded') throw new Error(`${chart}:${name} ended as ${status}`);
  };
  return {
    /** What `work` costs, with the deletions that follow it; set apart: beats, which are paid by time and not by work, and receives that bring nothing. */
    async count(work: () => Promise<unknown>) {
      dynamo.reset();
      sqs.reset();
      await work();
      // Messages are deleted in batches, soon after.
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      const writes = dynamo.sum('write') - dynamo.get('write lease');
      return { writes, requests: sqs.sum('request'), of: JSON.stringify({ ...dynamo.toJSON(), ...sqs.toJSON() }) };
    },
    run,
    async close() {
      await worker.drain(1_000);
      await actions.close();
      await emulators.close();
    },
  };
}

/** What runs cost on DynamoDB and SQS, counted request by request by AWS's rules: start, claim, history, list and queue. */
export const aws: Bar = {
  name: 'aws',
  async measure({ tiny, say }: Setting): Promise<readonly Result[]> {
    const bench = await open();
    try {
      // Once a day and queue, not once a run: the queue is made, the list's day is noted.
      await bench.count(() => bench.run('bench', 'first', INPUT as never));
      const results: Result[] = [];
      const tell = (what: string, unit: string, per: number, cost: Awaited<ReturnType<typeof bench.count>>) => {
        say(`${what}: ${cost.of}`);
        const text = 'everything included but beats and polls that bring nothing';
        const chain = unit === 'an action';
        const writes = { bar: chain ? 2 : 4, is: 'at most' } as const;
        results.push(
          alone(
            `${what}, writes`,
            `units ${unit}`,
            cost.writes / per,
            writes,
            `${text}${chain ? ' (stretch 1.6)' : ''}`,
          ),
        );
        const requests = chain ? ({ bar: 0.5, is: 'at most' } as const) : undefined;
        const stretch = chain ? ' (stretch 0.3)' : '';
        results.push(alone(`${what}, SQS`, `requests ${unit}`, cost.requests / per, requests, `${text}${stretch}`));
      };
      const one = await bench.count(() => bench.run('bench', 'one-0192f1c4-7a52-7d3c-9f0e', INPUT as never));
      tell('aws, one chain', 'an action', ACTIONS, one);
      const flight = tiny ? 5 : 100;
      const names = Array.from({ length: flight }, (_, i) => `0192f1c4-7a52-7d3c-9f0e-5b1c2d3e4${i}`);
      const many = await bench.count(() => Promise.all(names.map((name) => bench.run('bench', name, INPUT as never))));
      tell(`aws, ${flight} chains`, 'an action', ACTIONS * flight, many);
      const branches = tiny ? 20 : BRANCHES;
      const items = Array.from({ length: branches }, (_, n) => ({ n, ok: true }));
      const map = await bench.count(() => bench.run('map', '0192f1c4-7a52-7d3c-9f0e-5b1c2d3e', { items } as never));
      tell(`aws, map of ${branches}`, 'a branch', branches, map);
      return results;
    } finally {
      await bench.close();
    }
  },
};
