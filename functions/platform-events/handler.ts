/** Hears of tasks and instances that end, the fast path of failover: called by rules on the events of ECS and EC2. */
import { observed } from '#functions/observed';
import { bridgeEvent, readEvent } from '#functions/platform-events/read-event';
import { sweeperEnv } from '#functions/sweeper/env';
import { timeLeft } from '#functions/time-left';
import { openScheduler } from '#functions/wiring';
import { hearPlatform } from '#scheduler/platform';

export const handler = observed({
  name: 'platform-events',
  env: sweeperEnv,
  open: async (env, telemetry) => ({
    s: await openScheduler(env, telemetry),
    perMinute: env.FLOWBEAT_TAKE_OVERS_PER_MINUTE,
  }),
  async handle({ s, perMinute }, event: unknown, context) {
    const said = readEvent(bridgeEvent.parse(event));
    if (said) await hearPlatform(s, said, { perMinute, goesOn: timeLeft(context) });
  },
});
