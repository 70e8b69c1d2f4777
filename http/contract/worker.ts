import { z } from '@hono/zod-openapi';
import { evidence } from '#http/contract/flow';
import { moment } from '#http/contract/json';

/** What a worker can be in. */
export const WORKER_STATUSES = [
  'Connected',
  'Incompatible',
  'Draining',
  'Condemned',
  'Disconnected',
  'Stalled',
] as const;

/** Where something runs, as AWS names it. */
const platform = z.object({
  instanceId: z.string().optional(),
  taskArn: z.string().optional(),
  zone: z.string().optional(),
  lifeCycle: z.enum(['spot', 'onDemand']).optional(),
  address: z.string().optional().openapi({ description: 'Its private IP address.' }),
});

/** One incarnation of a worker. */
export const workerView = z
  .object({
    worker: z.string().openapi({ description: 'The same for all its incarnations.' }),
    incarnation: z.string(),
    kind: z.enum(['in-process', 'local', 'external']),
    status: z.enum(WORKER_STATUSES),
    reason: z.string().optional().openapi({ description: 'Why it is Incompatible.' }),
    host: z.string(),
    platform: platform.optional().openapi({ description: 'Where it runs, as AWS names it.' }),
    health: z.string().optional().openapi({ description: 'The URL where it answers for its health.' }),
    pid: z.int().optional(),
    windowMs: z.int().openapi({ description: 'The failover window that it was started with, in milliseconds.' }),
    beat: z.int(),
    places: z.int(),
    flows: z.array(z.object({ flow: z.string(), term: z.int() })).openapi({ description: 'The flows it holds.' }),
    activities: z.array(z.string()),
    queues: z.array(z.string()),
    startedAt: moment,
    beatAt: moment.openapi({ description: "By its worker's clock; for people only." }),
    skewMs: z.int().optional().openapi({
      description: "Milliseconds by which its clock is ahead of AWS's for certain; absent where it may be right.",
    }),
    votes: z
      .array(z.object({ kind: z.enum(['event', 'answer']), by: z.string(), text: z.string(), at: moment }))
      .optional()
      .openapi({
        description:
          'Signs that it is dead, since its last beat. Before its window has passed two are needed, of different kinds.',
      }),
    condemned: z.object({ by: z.string(), evidence, at: moment }).optional(),
  })
  .openapi('Worker');

/** A host that should have a worker and has none. */
export const hostView = platform
  .extend({
    health: z.string().optional().openapi({ description: 'The URL where its worker is to answer for its health.' }),
    since: moment.openapi({ description: 'When it was first seen without a worker.' }),
  })
  .openapi('Host');

/** What the platform was asked. */
export const discoveryView = z
  .object({
    at: moment.optional().openapi({ description: 'When the sweeper last asked; absent where nobody has.' }),
    hosts: z.array(hostView).openapi({ description: 'The hosts that should have a worker and have none.' }),
    note: z.string().optional().openapi({ description: 'Why there is nothing to tell.' }),
  })
  .openapi('Discovery');

/** The workers. */
export const workerList = z
  .object({
    items: z.array(workerView),
    discovery: discoveryView.optional().openapi({ description: 'Where it was asked for.' }),
  })
  .openapi('WorkerList');

/** One incarnation of a worker. */
export type WorkerView = z.infer<typeof workerView>;

/** A host that should have a worker and has none. */
export type HostView = z.infer<typeof hostView>;

/** What the platform was asked. */
export type DiscoveryView = z.infer<typeof discoveryView>;

/** The workers. */
export type WorkerList = z.infer<typeof workerList>;
