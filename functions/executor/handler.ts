/** Runs flows whose activities have handlers here: fed by queues of charts, so that an installation needs no worker. */
import { resolve } from 'node:path';
import type { SQSEvent } from 'aws-lambda';
import { createActionRunner } from '#actions/action-runner';
import { loadHandlers } from '#actions/handlers/load-handlers';
import { awsIntegrations } from '#adapters/integrations/aws-integrations';
import { openItemStore } from '#adapters/items/open';
import { SYSTEM_CLOCK } from '#adapters/system/clock';
import { executorEnv } from '#functions/executor/env';
import { observed } from '#functions/observed';
import { runRecords } from '#functions/run-records';
import { openScheduler } from '#functions/wiring';
import { withOwnRuns } from '#scheduler/integrations';

export const handler = observed({
  name: 'executor',
  env: executorEnv,
  async open(env, telemetry) {
    const services = awsIntegrations();
    const s = await openScheduler(env, telemetry, services, openItemStore());
    const activities = await loadHandlers(resolve(import.meta.dirname, env.FLOWBEAT_HANDLERS));
    const integrations = withOwnRuns(s, services);
    const actions = createActionRunner({ activities, clock: SYSTEM_CLOCK, integrations, telemetry });
    return { s, actions, name: 'executor', prefix: env.FLOWBEAT_QUEUE_PREFIX, queues: env.FLOWBEAT_QUEUES };
  },
  handle: (opened, event: SQSEvent, context) => runRecords(opened, event, context),
});
