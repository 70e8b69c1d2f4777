import { SQSClient } from '@aws-sdk/client-sqs';
import { openSqs } from '#adapters/sqs/sqs-queue';
import type { Clock } from '#ports/clock';
import type { Queue } from '#ports/message';

/** The queues of the account and region that the environment names: each is found by `prefix` and its name when it is first used. */
export function connectSqs(prefix: string, clock: Clock): { readonly queue: Queue; close(): void } {
  const client = new SQSClient({});
  return { queue: openSqs({ client, clock, prefix }), close: () => client.destroy() };
}
