import type { z } from 'zod';
import { discoverInstances } from '#adapters/ec2/connect';
import { discoverTasks } from '#adapters/ecs/connect';
import type { takeOverEnv } from '#functions/sweeper/env';
import type { Discovery } from '#ports/discovery';

/** Whom the functions that look after hosts can ask, as their environment says: ECS for the tasks of the workers' cluster, EC2 for the installation's instances. */
export function discoveriesOf({
  FLOWBEAT_NAME: installation,
  FLOWBEAT_CLUSTER: cluster,
  FLOWBEAT_HEALTH_PORT: healthPort,
  FLOWBEAT_INSTANCES: instances,
}: z.infer<typeof takeOverEnv>): readonly Discovery[] {
  return [
    ...(cluster === undefined ? [] : [discoverTasks(cluster, healthPort)]),
    ...(instances ? [discoverInstances(installation)] : []),
  ];
}
