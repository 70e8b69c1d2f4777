import { FlowbeatError, UnknownOutcome } from '#ports/errors';

/** What the client's errors have in common. */
interface ClientError {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const THROTTLED = new Set(['RequestThrottled', 'ThrottlingException', 'OverLimit', 'KmsThrottled']);
const CREDENTIALS = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'CredentialsProviderError',
  'InvalidClientTokenId',
]);

/** Whether a queue is missing: by the JSON protocol's name, or the query protocol's that emulators still speak. */
export const isMissingQueue = (error: unknown): boolean =>
  ['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue'].includes((error as ClientError).name ?? '');

/** Says of a failed request who tries again. Messages may double, so a lost answer only means: once more. */
export function failure(error: unknown, queue: string): FlowbeatError {
  const { name = '', $metadata } = error as ClientError;
  const status = $metadata?.httpStatusCode ?? 0;
  if (THROTTLED.has(name) || CREDENTIALS.has(name)) {
    return new FlowbeatError(
      'retryable',
      'QUEUE_BUSY',
      `SQS did not take a request for queue ${queue} (${name}); it is repeated.`,
      { queue },
      error,
    );
  }
  if (isMissingQueue(error)) return queueUnknown(queue, error);
  if (status >= 400 && status < 500) {
    return new FlowbeatError(
      'terminal',
      'QUEUE_REFUSED',
      `SQS refused a request for queue ${queue} (${name}); repeating it would not help.`,
      { queue },
      error,
    );
  }
  return new UnknownOutcome(error);
}

/** There is no such queue, and none is to be made. */
export const queueUnknown = (queue: string, cause?: unknown): FlowbeatError =>
  new FlowbeatError(
    'rejected',
    'QUEUE_NOT_FOUND',
    `There is no SQS queue for the queue "${queue}". Deploy it, or have the chart name one that is there.`,
    { queue },
    cause,
  );
