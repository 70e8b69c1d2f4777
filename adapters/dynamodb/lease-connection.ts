import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { watchClock } from '#adapters/dynamodb/clock-skew';
import { Leases } from '#adapters/dynamodb/leases';
import { TableClient } from '#adapters/dynamodb/table-client';
import { epoch } from '#engine/time';
import type { Clock } from '#ports/clock';
import type { LeaseStore } from '#ports/lease';

/** Where the leases are; region, credentials and endpoint come from the environment, as the client reads it. */
export interface LeaseOptions {
  readonly table: string;
  readonly endpoint?: string;
}

/** The leases of a table through a client of their own. */
export interface LeaseConnection {
  readonly leases: LeaseStore;
  /** Milliseconds by which this process's clock is ahead of AWS's for certain; see clock-skew.ts. */
  skewMs(): number;
  close(): Promise<void>;
}

const CLOCK: Clock = {
  now: () => epoch(Date.now()),
  elapsed: () => performance.now(),
  after(ms, then) {
    const timer = setTimeout(then, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};

/**
 * For the thread that beats: sockets of its own, which no action's requests keep waiting, and answers that are given up in time. A beat that was
 * tried twice knows its own by its number. `windowMs` is the failover window: a beat that takes longer than a sixth of it is tried again while there is
 * time.
 */
export async function openLeases({ table, endpoint }: LeaseOptions, windowMs: number): Promise<LeaseConnection> {
  const client = new DynamoDBClient({
    ...(endpoint !== undefined && { endpoint }),
    maxAttempts: 2,
    requestHandler: { connectionTimeout: windowMs / 6, requestTimeout: windowMs / 6, throwOnRequestTimeout: true },
  });
  const skew = watchClock(client, CLOCK);
  return {
    skewMs: () => skew.ms,
    leases: new Leases(new TableClient(client, table, CLOCK)),
    async close() {
      client.destroy();
    },
  };
}
