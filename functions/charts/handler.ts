/** Puts and deletes the charts of a stack when CloudFormation says so: the other end of `Chart` in infra/. */
import { type Answer, type Asked, answer, reasonOf } from '#functions/charts/answer';
import { applyChange, chartChange, idOfFailed } from '#functions/charts/change';
import { chartsEnv } from '#functions/charts/env';
import { observed } from '#functions/observed';
import { openScheduler } from '#functions/wiring';
import { createOperations } from '#scheduler/create-operations';
import type { Operations } from '#scheduler/operations';

/** Answers whatever happens: a request without an answer holds the deployment up for an hour. Told again, it does the same again. */
export const handler = observed({
  name: 'charts',
  env: chartsEnv,
  // Opened within the call, so that CloudFormation is told of what cannot be opened too.
  open: async (env, telemetry) => async () => createOperations(await openScheduler(env, telemetry)),
  handle: async (open, event: Asked) => answer(event, await carryOut(open, event)),
});

async function carryOut(open: () => Promise<Operations>, event: Asked): Promise<Answer> {
  try {
    const { id, data } = await applyChange(await open(), chartChange.parse(event));
    return { Status: 'SUCCESS', PhysicalResourceId: id, Data: data };
  } catch (error) {
    return { Status: 'FAILED', PhysicalResourceId: idOfFailed(event), Reason: reasonOf(error) };
  }
}
