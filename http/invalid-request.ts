import type { z } from '@hono/zod-openapi';
import type { ProblemError } from '#http/contract/problem';
import { type FlowbeatError, rejected } from '#ports/errors';

/** What a schema found wrong in a part of a request, as one error that lists every mistake. */
export function invalidRequest(target: string, issues: readonly z.core.$ZodIssue[]): FlowbeatError {
  const inBody = target === 'json';
  const errors = issues.flatMap((issue) => mistakes(issue, inBody));
  const where = inBody ? 'body' : 'request';
  const first = errors[0];
  const place = first?.pointer ?? first?.parameter;
  return rejected(
    'REQUEST_INVALID',
    errors.length === 1 && first
      ? `The ${where} is not valid${place ? ` at ${place}` : ''}: ${sentence(first.message)} Nothing was done; correct it and send it again.`
      : `The ${where} has ${errors.length} mistakes, listed in "errors". Nothing was done; correct them and send it again.`,
    { errors },
  );
}

function mistakes(issue: z.core.$ZodIssue, inBody: boolean): ProblemError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      ...place([...issue.path, key], inBody),
      message: `"${key}" is not known here.`,
      suggestion: 'Remove it, or look up how it is spelled in /v1/openapi.json.',
    }));
  }
  return [{ ...place(issue.path, inBody), message: issue.message }];
}

/** A JSON pointer into the body, or the name of a parameter. */
function place(
  path: readonly PropertyKey[],
  inBody: boolean,
): ProblemError | { pointer: string } | { parameter: string } {
  if (!inBody) return { parameter: path.map(String).join('.') };
  return { pointer: path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('') };
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
