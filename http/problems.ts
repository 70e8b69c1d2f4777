/**
 * Every error of the API as problem details (RFC 9457), in one place: which status it has, and one sentence on what to do.
 */
import { HTTPException } from 'hono/http-exception';
import { PROBLEM_TYPE, type Problem, type ProblemError } from '#http/contract/problem';
import { FlowbeatError, rejected } from '#ports/errors';

/** Where a code's status is not what its kind says. */
const STATUS_OF: Readonly<Record<string, number>> = {
  FORBIDDEN: 403,
  CHART_NOT_FOUND: 404,
  RUN_NOT_FOUND: 404,
  NOT_FOUND: 404,
  UPLOADS_NOT_OFFERED: 404,
  METHOD_NOT_ALLOWED: 405,
  NAME_TAKEN: 409,
  RUN_ENDED: 409,
  RUN_NOT_REDRIVABLE: 409,
  TASK_ANSWERED: 410,
  TASK_TIMED_OUT: 410,
  INPUT_TOO_LARGE: 413,
  BODY_TOO_LARGE: 413,
  ANSWER_TOO_LARGE: 413,
  MEDIA_TYPE: 415,
  STORE_CORRUPT: 500,
  STORE_NOT_A_DATABASE: 500,
  INTERNAL: 500,
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** The status of an error: `rejected` is the caller's to change (4xx), `retryable` may be sent again (503). */
export function statusOf(error: FlowbeatError): number {
  const known = STATUS_OF[error.code];
  if (known !== undefined) return known;
  if (error.kind === 'retryable') return 503;
  return error.kind === 'rejected' ? 400 : 500;
}

/** Any thrown value as an error of ours. What nobody foresaw says so and shows nothing of the inside. */
export function asFlowbeatError(error: unknown): FlowbeatError {
  if (error instanceof FlowbeatError) return error;
  if (error instanceof HTTPException) {
    if (error.status === 415) return mediaType(['application/json']);
    if (error.status === 400)
      return rejected('BODY_INVALID', 'The body is not JSON. Nothing was done; send it again as valid JSON.');
  }
  return new FlowbeatError(
    'terminal',
    'INTERNAL',
    'The server met an error that it did not expect and wrote it to its log. What was acknowledged before is safe; look at the log, then try again.',
    {},
    error,
  );
}

/** The answer to a request that failed. */
export function problemResponse(error: FlowbeatError, path: string): Response {
  const status = statusOf(error);
  const { errors, allow } = error.fields as { errors?: readonly ProblemError[]; allow?: readonly string[] };
  const body: Problem = {
    type: `urn:flowbeat:problem:${error.code.toLowerCase().replaceAll('_', '-')}`,
    title: TITLES[status] ?? 'Error',
    status,
    detail: error.message,
    instance: path,
    code: error.code,
    retryable: error.kind === 'retryable',
    ...(errors ? { errors: errors.map(shownError) } : {}),
  };
  const headers = new Headers({ 'content-type': PROBLEM_TYPE });
  if (error.kind === 'retryable') headers.set('retry-after', '1');
  if (allow) headers.set('allow', allow.join(', '));
  return new Response(JSON.stringify(body), { status, headers });
}

/** Only the fields of the contract leave the server. */
const shownError = ({ code, pointer, parameter, message, suggestion }: ProblemError): ProblemError => ({
  ...(code === undefined ? {} : { code }),
  ...(pointer === undefined ? {} : { pointer }),
  ...(parameter === undefined ? {} : { parameter }),
  message,
  ...(suggestion === undefined ? {} : { suggestion }),
});

/** A body of a media type that the route does not read. */
export const mediaType = ([first, ...others]: readonly string[]): FlowbeatError =>
  rejected(
    'MEDIA_TYPE',
    `Send the body with the header "Content-Type: ${first}"${others.length > 0 ? `, or with ${others.join(', ')} in its place` : ''}.`,
  );
