import { z } from 'zod';
import { installationEnv } from '#functions/env';

/** What the listener to the platform's events is told by its environment, and the sweeper with more. */
export const takeOverEnv = installationEnv.extend({
  /** Flows that are taken over in a minute at most, by the sweeper and by it, both together. */
  FLOWBEAT_TAKE_OVERS_PER_MINUTE: z.coerce.number().int().positive().default(6_000),
  /** The ARN of the ECS cluster whose services run the workers; tasks are not asked for where absent. */
  FLOWBEAT_CLUSTER: z
    .string()
    .regex(/^arn:[^:]+:ecs:[^:]+:[^:]+:cluster\/.+$/, 'must be the ARN of an ECS cluster')
    .optional(),
  /** Where the workers in that cluster answer for their health. */
  FLOWBEAT_HEALTH_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
  /** Whether EC2 instances with the installation's tag should have a worker. */
  FLOWBEAT_INSTANCES: z.stringbool().default(false),
});

/** What the sweeper is told by its environment. */
export const sweeperEnv = takeOverEnv.extend({
  /** The queues by whose metrics workers are scaled, with commas between: the sweeper sees to it that SQS goes on measuring them. */
  FLOWBEAT_MEASURED_QUEUES: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((name) => name !== '')),
});
