import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { watchClock } from '#adapters/dynamodb/clock-skew';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { DynamoRunRows } from '#adapters/dynamodb/run-rows';
import type { RunRows } from '#ports/archive';
import type { RemovableBlobs } from '#ports/blobs';
import type { Clock } from '#ports/clock';
import { FlowbeatError, rejected } from '#ports/errors';
import type { Store } from '#ports/store';

/** An answer that does not come in this time is given up: a connection may be dead without our end knowing, which TCP notices after a quarter of an hour. */
const PATIENCE = { connectionTimeout: 3_000, requestTimeout: 5_000, throwOnRequestTimeout: true } as const;

/**
 * The store in a table of the account and region that the environment names. Rejects with STORE_MISSING where there is no such table, with
 * STORE_UNREACHABLE where AWS (or AWS_ENDPOINT_URL) does not answer or takes no such credentials. `onSkew` is told at most once a minute by how many
 * milliseconds this process's clock is ahead of AWS's, where it is.
 */
export async function connectDynamo(
  table: string,
  clock: Clock,
  blobs?: RemovableBlobs,
  onSkew?: (skewMs: number) => void,
): Promise<{ readonly store: Store; readonly runRows: RunRows; close(): void }> {
  const client = new DynamoDBClient({ requestHandler: PATIENCE });
  if (onSkew) watchClock(client, clock, onSkew);
  try {
    await client.send(new DescribeTableCommand({ TableName: table }));
  } catch (error) {
    client.destroy();
    if ((error as Error).name === 'ResourceNotFoundException') {
      throw rejected(
        'STORE_MISSING',
        `There is no DynamoDB table "${table}" in this account and region. Name another with --table.`,
        { table },
      );
    }
    const what = `DynamoDB does not answer: ${(error as Error).message.replace(/\.?$/, '.')} Check AWS_REGION, the credentials and, if set, AWS_ENDPOINT_URL.`;
    throw new FlowbeatError('rejected', 'STORE_UNREACHABLE', what, { table }, error);
  }
  const parts = { client, table, clock, ...(blobs && { blobs }) };
  return { store: openDynamo(parts), runRows: new DynamoRunRows(parts), close: () => client.destroy() };
}
