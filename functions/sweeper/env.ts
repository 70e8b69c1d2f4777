import { z } from 'zod';
import { installationEnv } from '#functions/env';

/** What the sweeper and the listener to the platform's events are told by their environment. */
export const sweeperEnv = installationEnv.extend({
  /** Flows that are taken over in a minute at most, by each of them and both together. */
  FLOWBEAT_TAKE_OVERS_PER_MINUTE: z.coerce.number().int().positive().default(6_000),
  /** The queues by whose metrics workers are scaled, with commas between: the sweeper sees to it that SQS goes on measuring them. */
  FLOWBEAT_MEASURED_QUEUES: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((name) => name !== '')),
});
