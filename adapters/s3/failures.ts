import { FlowbeatError } from '#ports/errors';

/** What the client's errors have in common; none of it is promised by a type. */
interface ClientError {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Answers of 4xx that pass by themselves: throttling, credentials that are renewed, a clock that is set, an upload in parts that a try before has completed. */
const PASSING = new Set([
  'SlowDown',
  'RequestTimeout',
  'ExpiredToken',
  'CredentialsProviderError',
  'RequestTimeTooSkewed',
  'NoSuchUpload',
]);

/** Whether there is no object of that key. Whoever may not list a bucket is told only that it may not read what is not there. */
export const isMissing = (error: unknown): boolean =>
  (error as ClientError).name === 'NoSuchKey' || (error as ClientError).name === 'AccessDenied';

/** Says of a failed request who tries again. Every one of them may be repeated. */
export function failure(error: unknown, bucket: string): FlowbeatError {
  const { name = '', $metadata } = error as ClientError;
  const status = $metadata?.httpStatusCode ?? 0;
  const fields = { bucket };
  if (name === 'NoSuchBucket') {
    const message = `There is no S3 bucket ${bucket} here. Check its name and region, or make it.`;
    return new FlowbeatError('rejected', 'BLOBS_NOT_FOUND', message, fields, error);
  }
  if (status >= 400 && status < 500 && status !== 429 && !PASSING.has(name)) {
    const message = `S3 refused a request to bucket ${bucket} (${name}); s3:GetObject and s3:PutObject are needed, and repeating it would not help.`;
    return new FlowbeatError('terminal', 'BLOBS_REFUSED', message, fields, error);
  }
  return new FlowbeatError(
    'retryable',
    'BLOBS_UNREACHABLE',
    'S3 did not answer; the request is repeated.',
    fields,
    error,
  );
}
