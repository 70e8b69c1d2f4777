import type { z } from '@hono/zod-openapi';
import { sentenceOf } from '#engine/schema-words';
import type { ProblemError } from '#http/contract/problem';
import { type FlowbeatError, rejected } from '#ports/errors';

/** What a schema found wrong in `value`, a part of a request, as one error that lists every mistake. */
export function invalidRequest(target: string, issues: readonly z.core.$ZodIssue[], value: unknown): FlowbeatError {
  const inBody = target === 'json';
  const errors = issues.flatMap((issue) => mistakes(issue, value, inBody));
  const where = inBody ? 'body' : 'request';
  const [first] = errors;
  return rejected(
    'REQUEST_INVALID',
    errors.length === 1 && first
      ? `The ${where} is not valid: ${first.message} Nothing was done; correct it and send it again.`
      : `The ${where} has ${errors.length} mistakes, listed in "errors". Nothing was done; correct them and send it again.`,
    { errors },
  );
}

function mistakes(issue: z.core.$ZodIssue, value: unknown, inBody: boolean): ProblemError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      ...place([...issue.path, key], inBody),
      message: `'${key}' is not known here.`,
      suggestion: 'Remove it, or look up how it is spelled in /v1/openapi.json.',
    }));
  }
  return [{ ...place(issue.path, inBody), message: sentenceOf(issue, value, inBody ? 'The body' : 'The request') }];
}

/** A JSON pointer into the body, or the name of a parameter. */
function place(
  path: readonly PropertyKey[],
  inBody: boolean,
): ProblemError | { pointer: string } | { parameter: string } {
  if (!inBody) return { parameter: path.map(String).join('.') };
  return { pointer: path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('') };
}
