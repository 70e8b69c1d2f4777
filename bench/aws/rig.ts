import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { createActionRunner } from '#actions/action-runner';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { sqsName } from '#adapters/sqs/queue-name';
import { openSqs } from '#adapters/sqs/sqs-queue';
import { SYSTEM_IDS } from '#adapters/system/ids';
import { epoch } from '#engine/time';
import { runRecords } from '#functions/run-records';
import type { Clock } from '#ports/clock';
import { type FlowId, rootFlow, runId } from '#ports/ids';
import type { Telemetry } from '#ports/telemetry';
import type { Commit } from '#ports/write';
import type { Scheduler } from '#scheduler/context';
import { createOperations, createScheduler } from '#scheduler/create-operations';
import type { Operations } from '#scheduler/operations';
import { orderedCommit } from '#scheduler/ordered-commit';
import { openEmulators } from '#test/support/emulators/emulators';
import { meterDynamo, meterSqs } from '#test/support/emulators/meter';
import { REAL_CLOCK } from '#test/support/emulators/real-clock';
import { EventSource, type SqsHandler } from '#test/support/event-source';
import { TimerBeats } from '#workers/beats';
import { Worker } from '#workers/worker';
import { ACTIVITIES } from '../runs.ts';
import { inBulk } from './bulk.ts';

/** Messages are deleted in batches, soon after. */
const SETTLE_MS = 1_500;

/** What work cost. */
export interface Cost {
  /** Write units, those of leases left out: beats are paid by time and not by work. */
  readonly writes: number;
  readonly reads: number;
  /** Units of both for leases. */
  readonly leases: number;
  /** SQS requests, receives that bring nothing left out. */
  readonly requests: number;
  /** All of it, by what was asked and what for. */
  readonly of: string;
}

/** A scheduler over emulators in this process, with meters that count request by request by AWS's rules. */
export interface Rig extends AsyncDisposable {
  readonly s: Scheduler;
  readonly operations: Operations;
  /** Starts a worker with the handlers of the bench. */
  work(): Promise<void>;
  /** Has the function `executor` run them instead, fed by the queue as Lambda feeds it. */
  execute(): Promise<void>;
  /** Starts a run; `ended` resolves when it has succeeded. */
  start(chart: string, name: string, input: unknown): Promise<{ readonly ended: Promise<void> }>;
  /** Starts a run and waits for its end. */
  run(chart: string, name: string, input: unknown): Promise<void>;
  /** Writes in bulk. */
  fill(write: (commit: Commit) => Promise<void>): Promise<void>;
  count(work: () => Promise<unknown>): Promise<Cost>;
  /** Turns the wall clock on. Time that passes, and the queue's, stay as they are. */
  turn(ms: number): void;
}

/** Opens one. */
export async function openRig(): Promise<Rig> {
  const emulators = await openEmulators();
  const dynamo = meterDynamo(emulators.dynamo);
  const sqs = meterSqs(emulators.sqs);
  let ahead = 0;
  const clock: Clock = { ...REAL_CLOCK, now: () => epoch(REAL_CLOCK.now() + ahead) };
  const store = openDynamo({ client: emulators.dynamo, table: emulators.table, clock });
  const queue = openSqs({ client: emulators.sqs, clock, prefix: emulators.prefix, create: true });
  const ends = new Map<FlowId, (status: unknown) => void>();
  const telemetry: Telemetry = {
    event(name, fields) {
      if (name === 'ended') ends.get(fields.flow as FlowId)?.(fields.status);
    },
  };
  const s = createScheduler({
    store,
    queue,
    commit: orderedCommit(store, queue),
    clock,
    ids: SYSTEM_IDS,
    telemetry,
  });
  const operations = createOperations(s);
  const actions = createActionRunner({ activities: ACTIVITIES as never, clock });
  let worker: Worker | undefined;
  let source: EventSource | undefined;
  const start: Rig['start'] = async (chart, name, input) => {
    const status = new Promise((resolve) => ends.set(rootFlow(runId(chart, name)), resolve));
    await operations.startRun({ chart, name, input: input as never });
    const ended = status.then((how) => {
      if (how !== 'Succeeded') throw new Error(`${chart}:${name} ended as ${how}`);
    });
    return { ended };
  };
  return {
    s,
    operations,
    start,
    async run(chart, name, input) {
      await (await start(chart, name, input)).ended;
    },
    async work() {
      worker = new Worker(s, {
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
    },
    async execute() {
      const { sqs: client, prefix } = emulators;
      await client.send(new CreateQueueCommand({ QueueName: sqsName(prefix, 'default') }));
      const options = { s, name: 'executor', prefix, actions, queues: ['default'] };
      const handler: SqsHandler = (event, context) => runRecords(options, event, context);
      source = new EventSource(client, prefix, [{ name: 'executor', queues: ['default'], handler }]);
    },
    fill: (write) => inBulk({ ...emulators, queue, clock }, write),
    async count(work) {
      dynamo.reset();
      sqs.reset();
      await work();
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      return {
        writes: dynamo.sum('write') - dynamo.get('write lease'),
        reads: dynamo.sum('read') - dynamo.get('read lease'),
        leases: dynamo.get('write lease') + dynamo.get('read lease'),
        requests: sqs.sum('request'),
        of: JSON.stringify({ ...dynamo.toJSON(), ...sqs.toJSON() }),
      };
    },
    turn(ms) {
      ahead += ms;
    },
    async [Symbol.asyncDispose]() {
      await worker?.drain(1_000);
      await source?.[Symbol.asyncDispose]();
      await actions.close();
      await emulators.close();
    },
  };
}
