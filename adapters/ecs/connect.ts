import { ECSClient } from '@aws-sdk/client-ecs';
import { EcsDiscovery } from '#adapters/ecs/ecs-discovery';
import type { Discovery } from '#ports/discovery';

/** One try, and a short one: the sweeper has less than a minute for all that it does, and asks again with the next. */
const PATIENCE = { connectionTimeout: 1_500, requestTimeout: 3_000, throwOnRequestTimeout: true } as const;

/** The tasks of a cluster, by its ARN, in the account and region that the environment names. `healthPort`: where each answers for its health. */
export const discoverTasks = (cluster: string, healthPort: number | undefined): Discovery =>
  new EcsDiscovery(new ECSClient({ requestHandler: PATIENCE, maxAttempts: 1 }), cluster, healthPort);
