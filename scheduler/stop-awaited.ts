import { awaitedAction } from '#engine/decide';
import { actionKey, attemptKey } from '#ports/idempotency';
import type { Scheduler } from '#scheduler/context';
import { stopEcsTask } from '#scheduler/ecs-task';
import type { Held } from '#scheduler/held';
import { reliably } from '#scheduler/reliably';
import { stopExecution } from '#scheduler/start-execution';

/**
 * A Task with `.sync` gives up (a cancel, `TimeoutSeconds`, `HeartbeatSeconds`): the run or the task on ECS that it started is told to stop, as Step Functions
 * does. It is tried, no more: what cannot be stopped is told to the operator and holds up nothing.
 *
 * Done before the flow's commit, so it may be done again, and by one whose commit is refused. That harms nobody: the wait is over for whoever owns the flow then, by
 * the same control row or the same time, or an answer has ended it, and what has ended is not stopped.
 */
export async function stopAwaited(s: Scheduler, held: Held): Promise<void> {
  const { record, position, chart, options, signal } = held;
  try {
    const action = awaitedAction(chart, position, options);
    if (!action) return;
    const { resource, input, step, attempt } = action;
    const key = attemptKey(actionKey(record.id, step), attempt);
    const why = `The Task "${position.at}" of ${record.run} waits for it no more.`;
    await reliably(s.clock, signal, async () => {
      if (resource.name === 'states:startExecution')
        await stopExecution(s, input, key, options.token(step, attempt), why);
      else if (resource.name === 'ecs:runTask') await stopEcsTask(s, key, why);
    });
  } catch (error) {
    s.telemetry.event('stopFailed', { flow: record.id, state: position.at, message: String(error) });
  }
}
