import type { z } from '@hono/zod-openapi';
import { PROBLEM_TYPE, problem } from '#http/contract/problem';

/** A JSON answer, for the OpenAPI document. */
export const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** What any route may answer instead. */
export const problems = {
  '4XX': { description: 'The caller must change something.', content: { [PROBLEM_TYPE]: { schema: problem } } },
  '5XX': {
    description: 'The server failed; nothing acknowledged is lost.',
    content: { [PROBLEM_TYPE]: { schema: problem } },
  },
} as const;
