import { FlowbeatError, UnknownOutcome } from '#ports/errors';

/** What the client's errors have in common; none of it is promised by a type. */
interface ClientError {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
}

/** Refused for now, and surely not applied. */
const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'LimitExceededException',
]);

/** Passes when the credentials are renewed. */
const CREDENTIALS = new Set(['ExpiredTokenException', 'UnrecognizedClientException', 'CredentialsProviderError']);

/** Whether the condition of a write did not hold. */
export const isRefusal = (error: unknown): boolean => (error as ClientError).name === 'ConditionalCheckFailedException';

/** Whether the store asked to come back later. */
export const isThrottled = (error: unknown): boolean => THROTTLED.has((error as ClientError).name ?? '');

/**
 * How often a request was sent, as the client tells. A refusal at the first is certain; at a later one the first may have been applied and
 * its answer lost, so that the write refused itself.
 */
export const attemptsOf = (error: unknown): number => (error as ClientError).$metadata?.attempts ?? 1;

/** The table takes less than is asked of it. */
export const throttled = (table: string, cause?: unknown): FlowbeatError =>
  new FlowbeatError(
    'retryable',
    'STORE_THROTTLED',
    `DynamoDB throttles table ${table}; the request is repeated later.`,
    { table },
    cause,
  );

/** Says of a failed request who tries again. A write that may have been applied is an `UnknownOutcome` (rule N). */
export function failure(error: unknown, access: 'read' | 'write', table: string): FlowbeatError {
  const { name = '', $metadata } = error as ClientError;
  const status = $metadata?.httpStatusCode ?? 0;
  if (isThrottled(error)) return throttled(table, error);
  if (CREDENTIALS.has(name)) {
    return new FlowbeatError(
      'retryable',
      'STORE_CREDENTIALS',
      'DynamoDB did not take the credentials; the request is repeated when they may have been renewed.',
      { table },
      error,
    );
  }
  if (name === 'ResourceNotFoundException') {
    return new FlowbeatError(
      'rejected',
      'STORE_NOT_FOUND',
      `There is no DynamoDB table ${table} here. Check its name and region, or make it.`,
      { table },
      error,
    );
  }
  if (status >= 400 && status < 500) {
    return new FlowbeatError(
      'terminal',
      'STORE_REFUSED',
      `DynamoDB refused a request to table ${table} (${name}); repeating it would not help.`,
      { table },
      error,
    );
  }
  if (access === 'write') return new UnknownOutcome(error);
  return new FlowbeatError(
    'retryable',
    'STORE_UNREACHABLE',
    'DynamoDB did not answer; the request is repeated.',
    { table },
    error,
  );
}
