import { z } from '@hono/zod-openapi';
import { moment } from '#http/contract/json';

/** How the server is doing. 200 while `ok`, 503 otherwise. */
export const health = z
  .object({
    status: z.enum(['ok', 'draining', 'failing']),
    version: z.string().openapi({ description: 'The version of Flowbeat that serves.' }),
    store: z.string().optional().openapi({ description: 'Where the state is.', example: 'sqlite: .flowbeat/state.db' }),
    startedAt: moment.optional(),
    detail: z.string().optional().openapi({ description: 'What is wrong, and what to do.' }),
  })
  .openapi('Health');

/** How the server is doing. */
export type Health = z.infer<typeof health>;
