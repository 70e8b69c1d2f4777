import { z } from '@hono/zod-openapi';

/** One mistake in a request: where it is, what is wrong, what to write instead. */
export const problemError = z.object({
  code: z.string().optional().openapi({ description: 'Stable, for programs.', example: 'UNKNOWN_STATE' }),
  pointer: z.string().optional().openapi({
    description: 'JSON pointer (RFC 6901) of the offending value in the body; in a chart, from its root.',
    example: '/definition/States/Extract/Next',
  }),
  parameter: z.string().optional().openapi({ description: 'The offending query or path parameter.', example: 'limit' }),
  message: z.string(),
  suggestion: z.string().optional(),
});

/** The media type of problem details. */
export const PROBLEM_TYPE = 'application/problem+json';

/** An error, as RFC 9457 problem details. `code` is stable; `detail` is one sentence that says what to do. */
export const problem = z
  .object({
    type: z.string().openapi({ example: 'urn:flowbeat:problem:run-not-found' }),
    title: z.string().openapi({ example: 'Not Found' }),
    status: z.int().openapi({ example: 404 }),
    detail: z.string(),
    instance: z.string().openapi({ description: 'The path of the request.', example: '/v1/runs/report:monday' }),
    code: z.string().openapi({ description: 'Stable, for programs.', example: 'RUN_NOT_FOUND' }),
    retryable: z.boolean().openapi({ description: 'Whether the same request may succeed when it is sent again.' }),
    errors: z.array(problemError).optional(),
  })
  .openapi('Problem');

/** Problem details, as clients read them. */
export type Problem = z.infer<typeof problem>;

/** One mistake in a request. */
export type ProblemError = z.infer<typeof problemError>;
