import { exceptionName, sdkService } from '#adapters/integrations/names';
import type { ServiceApi } from '#adapters/integrations/service-call';
import type { IntegrationOutcome } from '#ports/integrations';

/** How Step Functions names a service's errors. */
export interface ErrorNames {
  /** Before the dot: `DynamoDB`. */
  readonly prefix: string;
  /** The error that stands for every other that the service does not declare: `AmazonDynamoDBException`. */
  readonly other: string;
  /** The end of a cause: where it comes from. */
  from(said: Said): string;
}

/** What a service said of a refused request. */
export interface Said {
  readonly code: string;
  readonly status: number;
  readonly requestId: string;
  readonly extendedRequestId: string | undefined;
}

/** Errors of an optimized integration: `SQS.AmazonSQSException`, `Service: AmazonSQS`. */
export const optimizedErrors = (prefix: string, service: string, other = `${service}Exception`): ErrorNames => ({
  prefix,
  other,
  from: ({ code, status, requestId }) =>
    `Service: ${service}; Status Code: ${status}; Error Code: ${code}; Request ID: ${requestId}; Proxy: null`,
});

/** Errors of an `aws-sdk:*` call: `DynamoDb.DynamoDbException`, `Service: DynamoDb`. */
export function sdkErrors(serviceId: string): ErrorNames {
  const name = sdkService(serviceId);
  return {
    prefix: name,
    other: `${name}Exception`,
    from: ({ status, requestId, extendedRequestId: extended }) =>
      `Service: ${name}, Status Code: ${status}, Request ID: ${requestId}${extended === undefined ? '' : `, Extended Request ID: ${extended}`}`,
  };
}

/** What a client's error has in common with all. */
interface ClientError extends Error {
  readonly Code?: string;
  readonly $fault?: string;
  readonly $metadata?: {
    readonly httpStatusCode?: number;
    readonly requestId?: string;
    readonly extendedRequestId?: string;
  };
}

/** A call that failed: as the service declares the error, as its error for all others, or, where no service answered, as the client's. */
export function failureOf(thrown: unknown, api: ServiceApi, names: ErrorNames): IntegrationOutcome {
  const error = (thrown instanceof Error ? thrown : new Error(String(thrown))) as ClientError;
  const { $metadata, message, name } = error;
  if (error.$fault === undefined || $metadata?.httpStatusCode === undefined) {
    return { ok: false, error: `${names.prefix}.SdkClientException`, cause: message === '' ? name : message };
  }
  const said = {
    code: error.Code ?? name,
    status: $metadata.httpStatusCode,
    requestId: $metadata.requestId ?? '',
    extendedRequestId: $metadata.extendedRequestId,
  };
  const what = api.isDeclared(error) ? exceptionName(name) : names.other;
  return { ok: false, error: `${names.prefix}.${what}`, cause: `${message} (${names.from(said)})` };
}
