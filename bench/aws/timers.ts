import { setTimeout as pause } from 'node:timers/promises';
import { DeleteMessageBatchCommand, GetQueueUrlCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { sqsName } from '#adapters/sqs/queue-name';
import { openSqs } from '#adapters/sqs/sqs-queue';
import { epoch } from '#engine/time';
import { type FlowId, rootFlow, runId } from '#ports/ids';
import { ADVANCE_QUEUE } from '#ports/message';
import { REAL_CLOCK } from '#test/support/emulators/real-clock';
import { alone, percentile } from '../bar.ts';
import { inBulk } from './bulk.ts';
import { Installation } from './installation.ts';
import type { Part } from './part.ts';

const SECOND = 1_000;
const LATE_MS = 2 * SECOND;
/** What the function has for one call. */
const CALL_S = 55;
/** Receivers side by side, as many as an installation's `concurrency`. */
const POLLERS = 10;

interface Wave {
  readonly waits: number;
  /** The time in which they fall due. */
  readonly overMs: number;
  /** From the tick to the first of them: a tick sends for the next quarter of an hour, so this is far less than it has. */
  readonly leadMs: number;
  /** For putting them there. */
  readonly fillMs: number;
}

const FULL: Wave = { waits: 10_000, overMs: 60 * SECOND, leadMs: 60 * SECOND, fillMs: 75 * SECOND };
const TINY: Wave = { waits: 100, overMs: 2 * SECOND, leadMs: 2 * SECOND, fillMs: 2 * SECOND };

/** Waits that fall due within a minute: one call of the function `tick` sends for all of them, and their messages come when they are due. */
export const timers: Part = {
  name: 'timers',
  async measure({ tiny, say }) {
    const wave = tiny ? TINY : FULL;
    await using installation = await Installation.open(30 * SECOND);
    const { due, from } = await putDue(installation, wave);
    const { waits, overMs, leadMs } = wave;
    await pause(from - leadMs - Date.now());
    const began = performance.now();
    await installation.call('tick', {});
    const tickS = (performance.now() - began) / SECOND;
    say(`timers: the tick took ${tickS.toFixed(1)} s for ${waits}`);
    const late = await receive(installation, due, from + overMs + LATE_MS);
    const text = `of ${waits} waits that fall due within ${overMs / SECOND} s, sent for by one tick ${leadMs / SECOND} s before; from when each is due until its message is in the hands of a receiver, rounded up to whole seconds by SQS`;
    const within = `of ${waits}, within ${LATE_MS / SECOND} s of the end of the time in which they fall due`;
    return {
      counts: [],
      timings: [
        alone('timers, dispatched', 'messages', late.length, { bar: waits, is: 'at least' }, within),
        alone('timers, late, p50', 'ms', percentile(late, 0.5), undefined, text, late),
        alone('timers, late, p99', 'ms', percentile(late, 0.99), { bar: LATE_MS, is: 'at most' }, text, late),
        alone('timers, the tick', 's', tickS, { bar: CALL_S, is: 'at most' }, `one call for ${waits} waits`),
      ],
    };
  },
};

/** Puts the rows of waits; returns when each flow is due, and when the first may be. */
async function putDue({ emulators }: Installation, { waits, overMs, leadMs, fillMs }: Wave) {
  const from = Date.now() + fillMs + leadMs;
  const due = new Map<FlowId, number>();
  const queue = openSqs({ client: emulators.sqs, clock: REAL_CLOCK, prefix: emulators.prefix, functions: true });
  await inBulk({ ...emulators, queue, clock: REAL_CLOCK }, async (commit) => {
    for (let i = 0; i < waits; i++) {
      const flow = rootFlow(runId('nightly-report', `waits-${i}`));
      const at = epoch(Math.round(from + (i * overMs) / waits));
      due.set(flow, at);
      const message = { kind: 'flow', queue: 'default', flow, term: 2, needs: '', due: at } as const;
      await commit([{ kind: 'putDue', row: { due: at, message } }]);
    }
  });
  if (Date.now() > from - leadMs) throw new Error(`${waits} rows were not put within ${fillMs} ms`);
  return { due, from };
}

/** How late each message came, until all have or the time is over. What comes twice counts once. */
async function receive({ emulators }: Installation, due: Map<FlowId, number>, until: number): Promise<number[]> {
  const { sqs, prefix } = emulators;
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: sqsName(prefix, ADVANCE_QUEUE) }));
  const late: number[] = [];
  const deleted: Promise<unknown>[] = [];
  const poll = async () => {
    while (due.size > 0 && Date.now() < until) {
      const asked = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 };
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(asked));
      const at = Date.now();
      for (const { Body = '' } of Messages) {
        const { flow } = JSON.parse(Body) as { readonly flow: FlowId };
        const dueAt = due.get(flow);
        if (dueAt !== undefined && due.delete(flow)) late.push(at - dueAt);
      }
      const Entries = Messages.map(({ ReceiptHandle }, id) => ({ Id: String(id), ReceiptHandle }));
      // Lambda deletes beside its next receive.
      if (Entries.length > 0) deleted.push(sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries })));
    }
  };
  await Promise.all(Array.from({ length: POLLERS }, poll));
  await Promise.all(deleted);
  return late;
}
