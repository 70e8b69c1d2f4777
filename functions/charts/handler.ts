/** Puts and deletes the charts of a stack when CloudFormation says so: the other end of `Chart` in infra/. */
import { type Answer, type Asked, answer, reasonOf } from '#functions/charts/answer';
import { applyChange, chartChange, idOfFailed } from '#functions/charts/change';
import { chartsEnv } from '#functions/charts/env';
import { observed } from '#functions/observed';
import { openScheduler } from '#functions/wiring';
import type { Scheduler } from '#scheduler/context';
import { createOperations } from '#scheduler/create-operations';

/** Answers whatever happens: a request without an answer holds the deployment up for an hour. Told again, it does the same again. */
export const handler = observed({
  name: 'charts',
  env: chartsEnv,
  // Opened within the call, so that CloudFormation is told of what cannot be opened too.
  open: async (env, telemetry) => () => openScheduler(env, telemetry),
  handle: async (open, event: Asked) => answer(event, await carryOut(open, event)),
});

async function carryOut(open: () => Promise<Scheduler>, event: Asked): Promise<Answer> {
  try {
    const s = await open();
    const resource = `${event.StackId}/${event.LogicalResourceId}`;
    const { id, data } = await applyChange(createOperations(s), s.store, chartChange.parse(event), resource);
    return { Status: 'SUCCESS', PhysicalResourceId: id, Data: data };
  } catch (error) {
    return { Status: 'FAILED', PhysicalResourceId: idOfFailed(event), Reason: reasonOf(error) };
  }
}
