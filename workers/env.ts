import { z } from 'zod';

/** Where a worker finds the state and its queues. */
export const storeChoice = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('sqlite'), file: z.string().min(1) }),
  z.strictObject({
    kind: z.literal('dynamodb'),
    table: z.string().min(1),
    queuePrefix: z.string(),
    /** The bucket of large values; they stay in the table where absent. */
    bucket: z.string().min(1).optional(),
    /** How long one part of a large value may take on its way to the bucket. */
    chunkTimeoutMs: z.number().positive().optional(),
    /** The bus that outcomes of runs go to; nobody is told where absent. */
    eventBus: z.string().min(1).optional(),
    /** Whether the installation has functions: what needs no handler is theirs then. */
    functions: z.boolean().optional(),
  }),
]);

/** Where a worker finds the state and its queues. */
export type StoreChoice = z.infer<typeof storeChoice>;

/** What a worker process is started with. */
export const workerConfig = z.strictObject({
  store: storeChoice,
  /** The same for all its incarnations; made of host and process where absent. */
  name: z.string().min(1).optional(),
  /** Modules that export handlers. */
  handlers: z.array(z.string()),
  /** Queues that it pulls from; all that charts name where empty. */
  queues: z.array(z.string()),
  /** How many flows it runs at a time. */
  places: z.int().min(1),
  /** How many messages it holds ahead of its places; none where absent. */
  prefetch: z.int().min(0).optional(),
  /** The failover window; the installation's own where absent. */
  windowMs: z.number().optional(),
  /** How long a stop waits for actions that run. */
  drainMs: z.number().min(0),
  /** Where it answers for its health; 0: any free port; nowhere where absent. */
  healthPort: z.int().min(0).max(65_535).optional(),
  /** Whether it looks for proof that other local processes are gone; without it silence alone tells (for measuring). */
  proof: z.boolean().default(true),
  /** Whether what it says is for programs: one JSON object a line. */
  json: z.boolean(),
});

/** What a worker process is started with. */
export type WorkerConfig = z.infer<typeof workerConfig>;

/** The environment variable that carries it, as JSON. */
export const WORKER_CONFIG = 'FLOWBEAT_WORKER_CONFIG';
