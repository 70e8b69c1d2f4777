import { Deadlines } from '#actions/deadlines';
import { aborted, failure, missed } from '#actions/outcome';
import type { ActionCall, ActionOutcome } from '#ports/action';
import type { Clock } from '#ports/clock';
import { attemptKey } from '#ports/idempotency';
import type { Integrations } from '#ports/integrations';

/** Whether a Task's action is the call of a service: run by whoever holds the flow, without a handler. */
export const isIntegration = ({ resource }: ActionCall): boolean =>
  resource.kind === 'integration' || resource.kind === 'lambda';

/** Calls the service. Its time-out is kept here: a call that is given up is aborted, and what it still brings is dropped. */
export async function runIntegration(
  integrations: Integrations,
  clock: Clock,
  call: ActionCall,
): Promise<ActionOutcome> {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<ActionOutcome>();
  const controller = new AbortController();
  const limits = { timeoutMs: call.timeoutMs };
  const deadlines = new Deadlines(clock, limits, clock.elapsed(), (which) => stop(missed(which, limits)));
  const onAbort = () => stop(aborted());
  const { signal } = call;
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  else deadlines.arm();
  try {
    return await Promise.race([stopped, outcomeOf(integrations, call, controller.signal)]);
  } finally {
    deadlines.stop();
    signal.removeEventListener('abort', onAbort);
    controller.abort();
  }
}

async function outcomeOf(integrations: Integrations, call: ActionCall, signal: AbortSignal): Promise<ActionOutcome> {
  const { resource, input, role, token, idempotencyKey, attempt } = call;
  try {
    const outcome = await integrations.call({
      resource: resource.name,
      sync: resource.sync,
      input,
      role,
      token,
      idempotencyKey: token === undefined ? idempotencyKey : attemptKey(idempotencyKey, attempt),
      signal,
    });
    return outcome.ok ? outcome : failure(outcome.error, outcome.cause);
  } catch (error) {
    return failure('Flowbeat.IntegrationFailed', `The call of ${resource.text} broke down here: ${String(error)}`);
  }
}
