/** Hears of tasks and instances that end, the fast path of failover: called by rules on the events of ECS and EC2. */

import { discoveriesOf } from '#functions/discoveries';
import { observed } from '#functions/observed';
import { bridgeEvent, ecsTaskOf, readEvent } from '#functions/platform-events/read-event';
import { takeOverEnv } from '#functions/sweeper/env';
import { timeLeft } from '#functions/time-left';
import { openScheduler } from '#functions/wiring';
import { ecsTaskChanged } from '#scheduler/ecs-task';
import { hearPlatform } from '#scheduler/platform';

export const handler = observed({
  name: 'platform-events',
  env: takeOverEnv,
  open: async (env, telemetry) => ({
    s: await openScheduler(env, telemetry),
    perMinute: env.FLOWBEAT_TAKE_OVERS_PER_MINUTE,
    discoveries: discoveriesOf(env),
  }),
  async handle({ s, ...options }, event: unknown, context) {
    const bridged = bridgeEvent.parse(event);
    // A task may be a worker, or what a flow waits for.
    const task = ecsTaskOf(bridged);
    if (task) await ecsTaskChanged(s, task);
    const said = readEvent(bridged);
    if (said) await hearPlatform(s, said, { ...options, goesOn: timeLeft(context) });
  },
});
