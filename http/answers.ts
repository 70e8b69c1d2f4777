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

/** An answer that may be too large for the way it takes on AWS: a link to it is given in its place, in `Location`. */
export const elsewhere = {
  303: {
    description:
      'The answer is too large to be sent so; `Location` gives it to whoever asks there, without credentials, for a while.',
  },
} as const;
