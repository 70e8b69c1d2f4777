/** Puts and deletes the charts of a stack when CloudFormation says so: the other end of `Chart` in infra/. */
import { type Answer, type Asked, answer, reasonOf } from '#functions/charts/answer';
import { applyChange, chartChange, idOfFailed } from '#functions/charts/change';
import { chartsEnv } from '#functions/charts/env';
import { openScheduler } from '#functions/wiring';
import { SILENT } from '#ports/telemetry';
import { createOperations } from '#scheduler/create-operations';

/** Made once for each Lambda instance; a failure is not kept, so that the next change may find the table. */
let opened: ReturnType<typeof open> | undefined;

function operations(): ReturnType<typeof open> {
  opened ??= open();
  opened.catch(() => {
    opened = undefined;
  });
  return opened;
}

async function open() {
  return createOperations(await openScheduler(chartsEnv.parse(process.env), SILENT));
}

/** Answers whatever happens: a request without an answer holds the deployment up for an hour. Told again, it does the same again. */
export async function handler(event: Asked): Promise<void> {
  await answer(event, await carryOut(event));
}

async function carryOut(event: Asked): Promise<Answer> {
  try {
    const { id, data } = await applyChange(await operations(), chartChange.parse(event));
    return { Status: 'SUCCESS', PhysicalResourceId: id, Data: data };
  } catch (error) {
    return { Status: 'FAILED', PhysicalResourceId: idOfFailed(event), Reason: reasonOf(error) };
  }
}
