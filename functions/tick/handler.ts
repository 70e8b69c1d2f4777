/** Sends what falls due in the next minutes, and starts what is scheduled: called each minute by a rule. */
import type { ScheduledEvent } from 'aws-lambda';
import { installationEnv } from '#functions/env';
import { observed } from '#functions/observed';
import { timeLeft } from '#functions/time-left';
import { openScheduler } from '#functions/wiring';
import { tickAhead } from '#scheduler/tick-ahead';

export const handler = observed({
  name: 'tick',
  env: installationEnv,
  open: openScheduler,
  handle: (s, _event: ScheduledEvent, context) => tickAhead(s, timeLeft(context)),
});
