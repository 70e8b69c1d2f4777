/** What the functions have in common: the scheduler over DynamoDB and SQS, made once for each Lambda instance. */
import { connectDynamo } from '#adapters/dynamodb/connect';
import { connectEventBridge } from '#adapters/eventbridge/connect';
import { connectSqs } from '#adapters/sqs/connect';
import { SYSTEM_CLOCK } from '#adapters/system/clock';
import { SYSTEM_IDS } from '#adapters/system/ids';
import { boundsOf } from '#engine/chart/bounds';
import { openBucket } from '#functions/bucket';
import type { InstallationEnv } from '#functions/env';
import type { Integrations } from '#ports/integrations';
import type { ItemStore } from '#ports/item-store';
import type { Telemetry } from '#ports/telemetry';
import type { Scheduler } from '#scheduler/context';
import { createScheduler } from '#scheduler/create-operations';
import { orderedCommit } from '#scheduler/ordered-commit';

/** The scheduler of an installation; `services`: those that it may call, `items`: where it reads and writes for distributed Maps. Region, credentials and endpoint are those of the environment, as the AWS SDK finds them. */
export async function openScheduler(
  env: InstallationEnv,
  telemetry: Telemetry,
  services?: Integrations,
  items?: ItemStore,
): Promise<Scheduler> {
  const onSkew = (skewMs: number) => telemetry.event('clockSkewed', { skewMs });
  const bucket = openBucket(env);
  const { store, runRows } = await connectDynamo(env.FLOWBEAT_TABLE, SYSTEM_CLOCK, bucket?.blobs, onSkew);
  const { queue } = connectSqs(env.FLOWBEAT_QUEUE_PREFIX, SYSTEM_CLOCK, { functions: env.FLOWBEAT_ADVANCE });
  const commit = orderedCommit(store, queue);
  const bus = env.FLOWBEAT_EVENT_BUS;
  const more = {
    bounds: boundsOf({
      fuel: env.FLOWBEAT_EXPRESSION_FUEL,
      depth: env.FLOWBEAT_EXPRESSION_DEPTH,
      size: env.FLOWBEAT_EXPRESSION_SIZE,
    }),
    ...(bucket && { archive: bucket.archive }),
    ...(bus !== undefined && { runEvents: connectEventBridge(bus).runEvents }),
    ...(services && { services }),
    ...(items && { items }),
  };
  return createScheduler({ store, runRows, queue, commit, clock: SYSTEM_CLOCK, ids: SYSTEM_IDS, telemetry, ...more });
}
