import { z } from 'zod';

/** What every function of an installation is told by its environment: where the state is. `infra/` sets exactly these. */
export const installationEnv = z.object({
  /** The installation's name: its stack's. */
  FLOWBEAT_NAME: z.string().min(1),
  /** The DynamoDB table of flows, leases, charts and history. */
  FLOWBEAT_TABLE: z.string().min(1),
  /** What the names of its queues begin with: queue `default` is `<prefix>_default`. */
  FLOWBEAT_QUEUE_PREFIX: z.string().min(1),
  /** The failover window of the cluster, in milliseconds. */
  FLOWBEAT_WINDOW_MS: z.coerce.number().int().positive(),
  /** Whether flows that need no handler go to the queue of the function `advance`: `1` where the installation has it. */
  FLOWBEAT_ADVANCE: z.stringbool().default(false),
  /** The S3 bucket of large values and of the archive; values stay in the table where absent. */
  FLOWBEAT_BUCKET: z.string().min(1).optional(),
  /** The EventBridge bus that outcomes of runs go to; nobody is told where absent. */
  FLOWBEAT_EVENT_BUS: z.string().min(1).optional(),
});

/** What every function of an installation is told by its environment. */
export type InstallationEnv = z.infer<typeof installationEnv>;
