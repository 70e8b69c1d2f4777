import { z } from 'zod';
import { boundRanges } from '#engine/chart/bounds';
import type { Bounds } from '#engine/jsonata/meter';

const bound = (name: keyof Bounds) =>
  z.coerce.number().int().min(boundRanges[name].least).max(boundRanges[name].most).optional();

/** What every function of an installation is told by its environment: where the state is. `infra/` sets exactly these. */
export const installationEnv = z.object({
  /** The installation's name: its stack's. */
  FLOWBEAT_NAME: z.string().min(1),
  /** The DynamoDB table of flows, leases, charts and history. */
  FLOWBEAT_TABLE: z.string().min(1),
  /** What the names of its queues begin with, separator included: queue `default` is `<prefix>default`. */
  FLOWBEAT_QUEUE_PREFIX: z.string().min(1),
  /** The failover window of the cluster, in milliseconds. */
  FLOWBEAT_WINDOW_MS: z.coerce.number().int().positive(),
  /** Whether flows that need no handler go to the queue of the function `advance`: `1` where the installation has it. */
  FLOWBEAT_ADVANCE: z.stringbool().default(false),
  /** The S3 bucket of large values and of the archive; values stay in the table where absent. */
  FLOWBEAT_BUCKET: z.string().min(1).optional(),
  /** The EventBridge bus that outcomes of runs go to; nobody is told where absent. */
  FLOWBEAT_EVENT_BUS: z.string().min(1).optional(),
  /** What the expressions of charts that are stored may take: steps, nested nodes, characters or items; the default bounds where absent. */
  FLOWBEAT_EXPRESSION_FUEL: bound('fuel'),
  FLOWBEAT_EXPRESSION_DEPTH: bound('depth'),
  FLOWBEAT_EXPRESSION_SIZE: bound('size'),
  /** Set by emulators of AWS alone, which the AWS SDK finds by itself; S3 has to be told that they have no host name for each bucket. */
  AWS_ENDPOINT_URL: z.url().optional(),
  AWS_ENDPOINT_URL_S3: z.url().optional(),
});

/** What every function of an installation is told by its environment. */
export type InstallationEnv = z.infer<typeof installationEnv>;
