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

/** One incarnation of a worker. */
export const workerView = z
  .object({
    worker: z.string().openapi({ description: 'The same for all its incarnations.' }),
    incarnation: z.string(),
    kind: z.enum(['in-process', 'local', 'external']),
    status: z.enum(WORKER_STATUSES),
    reason: z.string().optional().openapi({ description: 'Why it is Incompatible.' }),
    host: z.string(),
    platform: z
      .object({
        instanceId: z.string().optional(),
        taskArn: z.string().optional(),
        zone: z.string().optional(),
        lifeCycle: z.enum(['spot', 'onDemand']).optional(),
      })
      .optional()
      .openapi({ description: 'Where it runs, as AWS names it.' }),
    pid: z.int().optional(),
    windowMs: z.int().openapi({ description: 'The failover window that it was started with, in milliseconds.' }),
    beat: z.int(),
    places: z.int(),
    flows: z.array(z.object({ flow: z.string(), term: z.int() })).openapi({ description: 'The flows it holds.' }),
    activities: z.array(z.string()),
    queues: z.array(z.string()),
    startedAt: moment,
    beatAt: moment.openapi({ description: "By its worker's clock; for people only." }),
    condemned: z.object({ by: z.string(), evidence, at: moment }).optional(),
  })
  .openapi('Worker');

/** The workers. */
export const workerList = z.object({ items: z.array(workerView) }).openapi('WorkerList');

/** One incarnation of a worker. */
export type WorkerView = z.infer<typeof workerView>;

/** The workers. */
export type WorkerList = z.infer<typeof workerList>;
