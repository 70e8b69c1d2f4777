import { z } from '@hono/zod-openapi';
import { jsonValue, moment } from '#http/contract/json';

/** What a flow can be in. */
export const FLOW_STATUSES = [
  'Queued',
  'Owned',
  'Waiting',
  'Paused',
  'Parked',
  'Succeeded',
  'Failed',
  'TimedOut',
  'Cancelled',
] as const;

/** What a flow is in; the last four are final. */
export const flowStatus = z.enum(FLOW_STATUSES).openapi('FlowStatus');

/** How a run or a flow ended. */
export const flowOutcome = z
  .union([
    z.object({ status: z.literal('Succeeded'), output: jsonValue }),
    z.object({
      status: z.enum(['Failed', 'TimedOut', 'Cancelled']),
      error: z.string().optional(),
      cause: z.string().optional(),
    }),
  ])
  .openapi('Outcome');

/** What a waiting flow waits for. */
export const waits = z
  .object({ for: z.enum(['time', 'callback', 'children']), due: moment.optional() })
  .openapi('Waits');

/** The kinds of sign that speak for a worker's death. */
const SIGN_KINDS = ['event', 'answer', 'missedBeat'] as const;

/** On what ground a worker was taken for dead. */
export const evidence = z
  .object({
    kind: z.enum(['process', 'silence', 'connection', 'platform', 'self', 'missing', 'deadline', 'forced']),
    text: z.string().openapi({ description: 'A sentence or two for people.' }),
    votes: z
      .array(z.enum(SIGN_KINDS))
      .readonly()
      .optional()
      .openapi({ description: 'The kinds of sign that it stands on, where the failover window had not passed.' }),
  })
  .openapi('Evidence');

/** Why and by whom a flow was taken over. */
export const takeOver = z
  .object({
    from: z.string().openapi({ description: 'The incarnation whose flow it was.' }),
    fromWorker: z.string(),
    by: z.string(),
    evidence,
    status: z
      .enum(['Queued', 'Parked'])
      .openapi({ description: 'What it made of the flow: Parked where the chart says `failover: off`.' }),
    oldTerm: z.int(),
    term: z.int(),
    fromBreak: z.int().openapi({ description: 'The number of the commit that the flow goes on from.' }),
    at: z.string().openapi({ description: 'The state it stood at.' }),
    when: moment,
  })
  .openapi('TakeOver');

/** One flow of a run. */
export const flowView = z
  .object({
    flow: z.string(),
    parent: z.string().optional(),
    status: flowStatus,
    at: z.string().openapi({ description: 'The state it stands at.' }),
    phase: z.string(),
    attempt: z.int(),
    step: z.int(),
    term: z.int(),
    seq: z.int(),
    owner: z.string().optional(),
    queue: z.string(),
    needs: z
      .string()
      .openapi({ description: 'The activity that its worker must have a handler for; empty where any worker can.' }),
    waits: waits.optional(),
    map: z.object({ items: z.int(), failed: z.int() }).optional().openapi({
      description:
        'At a distributed Map: how many items it has read, and how many of those in rounds that have ended have failed.',
    }),
    takenOver: takeOver.optional(),
    updatedAt: moment,
    outcome: flowOutcome.optional(),
  })
  .openapi('Flow');

/** What a flow is in. */
export type FlowStatus = z.infer<typeof flowStatus>;

/** How a run or a flow ended. */
export type FlowOutcome = z.infer<typeof flowOutcome>;

/** One flow of a run. */
export type FlowView = z.infer<typeof flowView>;

/** Why and by whom a flow was taken over. */
export type TakeOver = z.infer<typeof takeOver>;
