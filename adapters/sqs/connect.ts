import { SQSClient } from '@aws-sdk/client-sqs';
import { MeasuredQueues } from '#adapters/sqs/measured-queues';
import { openSqs } from '#adapters/sqs/sqs-queue';
import type { Clock } from '#ports/clock';
import type { Queue } from '#ports/message';

/** An answer that does not come in this time (a poll's after its wait) is given up: a connection may be dead without our end knowing. */
const PATIENCE = { connectionTimeout: 3_000, requestTimeout: 5_000, throwOnRequestTimeout: true } as const;

/** Requests go to the region's endpoint, or the one that the environment names: an emulator's queue URLs may name a host that nobody can reach. */
const connect = (): SQSClient => new SQSClient({ requestHandler: PATIENCE, useQueueUrlAsEndpoint: false });

/**
 * The queues of the account and region that the environment names: each is found by `prefix` and its name when it is first used. `functions`: whether
 * there are functions to advance what needs no handler.
 */
export function connectSqs(
  prefix: string,
  clock: Clock,
  { functions }: { readonly functions?: boolean | undefined } = {},
): { readonly queue: Queue; close(): void } {
  const client = connect();
  return { queue: openSqs({ client, clock, prefix, functions }), close: () => client.destroy() };
}

/** Queues of the same kind that SQS is to go on measuring. */
export const connectMeasuredQueues = (prefix: string, queues: readonly string[], clock: Clock): MeasuredQueues =>
  new MeasuredQueues(connect(), prefix, queues, clock);
