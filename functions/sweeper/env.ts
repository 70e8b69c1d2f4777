import { z } from 'zod';
import { installationEnv } from '#functions/env';
import { LEAST_RETENTION_DAYS, RETENTION_DAYS } from '#ports/retention';

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

const KEEP = 'keep';
const RETENTION_RULE = `must be a whole number of days, ${LEAST_RETENTION_DAYS} at least, or "${KEEP}" (0 means the same)`;

/** What the sweeper is told by its environment. */
export const sweeperEnv = takeOverEnv.extend({
  /** Days after its end at which a run is archived; `keep` or 0: never. */
  FLOWBEAT_RETENTION_DAYS: z
    .string()
    .default(String(RETENTION_DAYS))
    .transform((text) => (text === KEEP ? 0 : /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN))
    .refine((days) => days === 0 || days >= LEAST_RETENTION_DAYS, RETENTION_RULE),
  /** The queues by whose metrics workers are scaled, with commas between: the sweeper sees to it that SQS goes on measuring them. */
  FLOWBEAT_MEASURED_QUEUES: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((name) => name !== '')),
});
