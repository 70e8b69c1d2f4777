import { z } from '@hono/zod-openapi';
import { jsonValue, moment } from '#http/contract/json';
import { nextCursor } from '#http/contract/page';

/**
 * A history event: the types and details of Step Functions' GetExecutionHistory, plus ours (claims, take-overs, breaks). The details
 * stand beside the named fields, as `<type>EventDetails`.
 */
export const historyEvent = z
  .object({
    id: z.int(),
    previousEventId: z.int(),
    timestamp: moment,
    type: z.string().openapi({ example: 'TaskStateEntered' }),
    flow: z.string(),
  })
  .catchall(jsonValue)
  .openapi('HistoryEvent');

/** A page of history, in order; `cursor` resumes after it. */
export const historyPage = z
  .object({
    items: z.array(historyEvent),
    cursor: nextCursor.openapi({
      description: 'Resumes after this page. Present while the run may still add events: keep it to read on.',
    }),
  })
  .openapi('HistoryPage');

/** A history event. */
export type HistoryEvent = z.infer<typeof historyEvent>;

/** A page of history. */
export type HistoryPage = z.infer<typeof historyPage>;
