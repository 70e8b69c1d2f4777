/** Advances flows that need no handler, and carries out what steers runs: fed by the queues `_advance` and `_control`. */
import type { SQSEvent } from 'aws-lambda';
import { createActionRunner } from '#actions/action-runner';
import { awsIntegrations } from '#adapters/integrations/aws-integrations';
import { openItemStore } from '#adapters/items/open';
import { SYSTEM_CLOCK } from '#adapters/system/clock';
import { advanceEnv } from '#functions/advance/env';
import { observed } from '#functions/observed';
import { runRecords } from '#functions/run-records';
import { openScheduler } from '#functions/wiring';
import { withOwnRuns } from '#scheduler/integrations';

/** A chart that never rests gives way to others this often. */
const MOST_MS = 30_000;

export const handler = observed({
  name: 'advance',
  env: advanceEnv,
  async open(env, telemetry) {
    const services = awsIntegrations();
    const s = await openScheduler(env, telemetry, services, openItemStore());
    const integrations = withOwnRuns(s, services);
    const actions = createActionRunner({ activities: {}, clock: SYSTEM_CLOCK, integrations, telemetry });
    return { s, actions, name: 'advance', prefix: env.FLOWBEAT_QUEUE_PREFIX, queues: [], mostMs: MOST_MS };
  },
  handle: (opened, event: SQSEvent, context) => runRecords(opened, event, context),
});
