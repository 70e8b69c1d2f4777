/** Looks for workers that have died, and takes over what they held: called each minute by a rule, and by its own wakes on the queue `_sweep`. */
import { awsIntegrations } from '#adapters/integrations/aws-integrations';
import { connectMeasuredQueues } from '#adapters/sqs/connect';
import { SYSTEM_CLOCK } from '#adapters/system/clock';
import { discoveriesOf } from '#functions/discoveries';
import { observed } from '#functions/observed';
import { sweeperEnv } from '#functions/sweeper/env';
import { type SweepEvent, wakeOf } from '#functions/sweeper/wake-of';
import { timeLeft } from '#functions/time-left';
import { openScheduler } from '#functions/wiring';
import { Sweeper } from '#scheduler/sweeper/sweep';

const DAY_MS = 86_400_000;

export const handler = observed({
  name: 'sweeper',
  env: sweeperEnv,
  async open(env, telemetry) {
    const s = await openScheduler(env, telemetry, awsIntegrations());
    const { FLOWBEAT_WINDOW_MS: windowMs, FLOWBEAT_TAKE_OVERS_PER_MINUTE: perMinute } = env;
    const days = env.FLOWBEAT_RETENTION_DAYS;
    const retentionMs = days === 0 ? undefined : days * DAY_MS;
    return {
      sweeper: new Sweeper(s, { windowMs, perMinute, retentionMs, discoveries: discoveriesOf(env) }),
      measured: connectMeasuredQueues(env.FLOWBEAT_QUEUE_PREFIX, env.FLOWBEAT_MEASURED_QUEUES, SYSTEM_CLOCK),
      telemetry,
    };
  },
  async handle({ sweeper, measured, telemetry }, event: SweepEvent, context) {
    const wake = wakeOf(event);
    await sweeper.sweep(wake, timeLeft(context));
    if (wake !== undefined) return;
    // Failover does not depend on it: a sweep that was done is no failed call.
    await measured.keep().catch((error) => telemetry.event('measuringFailed', { message: String(error) }));
  },
});
