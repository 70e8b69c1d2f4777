import type { FlowOutcome } from '#engine/flow';
import { FlowbeatError, rejected } from '#ports/errors';
import { type FlowRecord, isTerminal } from '#ports/flow-record';
import { type FlowId, runOf } from '#ports/ids';
import type { CallbackRow } from '#ports/write';
import { isArchived } from '#scheduler/archive/run-source';
import type { Scheduler } from '#scheduler/context';
import { flowMessage, send } from '#scheduler/messages';
import { callbackKey, readToken } from '#scheduler/token';
import { wake } from '#scheduler/wake';

/** The flow that a token belongs to, if its wait is not over. Throws TOKEN_INVALID, TASK_ANSWERED or TASK_TIMED_OUT. */
async function awaiting(s: Scheduler, token: string): Promise<{ readonly flow: FlowRecord; readonly key: string }> {
  const { flow: id, step, attempt, nonce } = readToken(token);
  const flow = await s.store.readFlow(id);
  if (!flow || flow.nonce !== nonce) {
    if (!flow && (await isArchived(s, id))) throw archivedTask(id);
    throw rejected('TOKEN_INVALID', 'No task was given this token. Send it back exactly as the task was given it.');
  }
  const { position } = flow;
  const key = callbackKey(step, attempt);
  const over =
    isTerminal(flow.status) || position.step > step || (position.step === step && position.attempt > attempt);
  if (over) {
    if (await isArchived(s, id)) throw archivedTask(id);
    // The flow knows the name of the state that it is at; that of a token's is known only while it has not left it.
    const task = position.step === step ? `The task at "${position.at}"` : 'The task';
    const { status } = (await s.store.readCallback(id, key))?.outcome ?? {};
    throw status === undefined
      ? rejected(
          'TASK_TIMED_OUT',
          `${task} of ${flow.run} waits for this token no more; no answer to it came in time. Look at the run's history for what became of it.`,
          { flow: id },
        )
      : rejected(
          'TASK_ANSWERED',
          `${task} of ${flow.run} was answered already with this token (${status}); the first answer counts and this one changes nothing.`,
          { flow: id },
        );
  }
  return { flow, key };
}

/** The rows that told whether it was answered are gone; the history tells it. */
const archivedTask = (flow: FlowId) =>
  rejected(
    'TASK_TIMED_OUT',
    `The run ${runOf(flow)} ended long ago and was archived; none of its tasks waits any more. Look at the run's history for what became of this one.`,
    { flow },
  );

/**
 * Answers a task token: a message, then the row, then the wake. The message is for the case that this process dies in between: whoever receives
 * it looks at the row. A flow that has not reached its wait yet looks itself, after its release. The first answer counts.
 */
export async function answerTask(s: Scheduler, token: string, outcome: CallbackRow['outcome']): Promise<void> {
  const { flow, key } = await awaiting(s, token);
  await s.commit([
    send(flowMessage(flow, flow.term + 1)),
    { kind: 'putCallback', row: { flow: flow.id, key, outcome } },
  ]);
  const now = await s.store.readFlow(flow.id);
  if (now?.waits?.for === 'callback' && now.waits.key === key) await wake(s, now, { status: 'Waiting', callback: key });
  s.telemetry.event('answered', { flow: flow.id, key, status: outcome.status });
}

/** What a token is answered with that nobody waits for any more. */
const NOT_AWAITED: ReadonlySet<string> = new Set(['TOKEN_INVALID', 'TASK_ANSWERED', 'TASK_TIMED_OUT']);

/**
 * Answers a task token for somebody who is told of an end and did not ask for it: that the Task waits no more is no fault of theirs. Whatever else is refused (a
 * queue that is not there) is thrown on, since the Task still waits.
 */
export async function answerIfAwaited(s: Scheduler, token: string, outcome: FlowOutcome): Promise<void> {
  try {
    await answerTask(s, token, outcome);
  } catch (error) {
    if (!(error instanceof FlowbeatError) || !NOT_AWAITED.has(error.code)) throw error;
  }
}

/** A sign of life of whoever works on a task token. */
export async function heartbeatTask(s: Scheduler, token: string): Promise<void> {
  const { flow, key } = await awaiting(s, token);
  await s.store.beatCallback(flow.id, key, s.clock.now());
}
