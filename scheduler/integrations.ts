import type { Integrations } from '#ports/integrations';
import type { Scheduler } from '#scheduler/context';
import { runEcsTask } from '#scheduler/ecs-task';
import { startExecution } from '#scheduler/start-execution';

/** All services that Tasks may call: runs of this installation, and `services` for the rest. What a Task waits for is noted first. */
export const withOwnRuns = (s: Scheduler, services: Integrations): Integrations => ({
  call(call) {
    if (call.resource === 'states:startExecution') return startExecution(s, call);
    if (call.resource === 'ecs:runTask' && call.sync !== undefined) return runEcsTask(s, services, call);
    return services.call(call);
  },
});
