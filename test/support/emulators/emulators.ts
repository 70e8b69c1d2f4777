import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, DeleteQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import dynalite from 'dynalite';
import { startFauxqs } from 'fauxqs';
import { TABLE } from '#adapters/dynamodb/table';
import { sqsName } from '#adapters/sqs/queue-urls';
import { CONTROL_QUEUE } from '#ports/message';

/** DynamoDB and SQS to test against, with a table of one's own. */
export interface Emulators {
  readonly dynamo: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly table: string;
  /** Queues of this name prefix are deleted at the end. */
  readonly prefix: string;
  /** For clients of another thread or process. */
  readonly endpoints: { readonly dynamo: string; readonly sqs: string; readonly s3: string };
  close(): Promise<void>;
}

/**
 * What any emulator takes, in the environment, where clients of threads and processes find it too. Set only where there is nothing: a client
 * knows no more of where it is than `endpoint`.
 */
function fillEnvironment(): void {
  process.env.AWS_REGION ??= process.env.AWS_DEFAULT_REGION ?? 'us-east-1';
  process.env.AWS_ACCESS_KEY_ID ??= 'test';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'test';
}

interface Endpoints {
  readonly dynamo: string;
  readonly sqs: string;
  readonly s3: string;
  close(): Promise<void>;
}

/**
 * Opens emulators: dynalite and fauxqs in this process, on loopback ports of their own; or, with FLOWBEAT_TEST_AWS=1, whatever
 * AWS_ENDPOINT_URL names. Makes a table and the control queue; takes everything it made away again.
 */
export async function openEmulators(): Promise<Emulators> {
  fillEnvironment();
  const endpoints = process.env.FLOWBEAT_TEST_AWS === '1' ? named() : await inProcess();
  const dynamo = new DynamoDBClient({ endpoint: endpoints.dynamo });
  const sqs = new SQSClient({ endpoint: endpoints.sqs, useQueueUrlAsEndpoint: false });
  const id = randomUUID().slice(0, 8);
  const table = `flowbeat-test-${id}`;
  const prefix = `flowbeat-test-${id}-`;
  // The table's description is read-only data; the command's type is not, but it changes nothing.
  await dynamo.send(new CreateTableCommand({ ...structuredClone(TABLE), TableName: table } as never));
  await waitUntilTableExists({ client: dynamo, maxWaitTime: 60, minDelay: 1, maxDelay: 2 }, { TableName: table });
  // Of an installation's queues the one that each has, whatever its charts name.
  await sqs.send(new CreateQueueCommand({ QueueName: sqsName(prefix, CONTROL_QUEUE) }));
  return {
    dynamo,
    sqs,
    table,
    prefix,
    endpoints,
    async close() {
      await dynamo.send(new DeleteTableCommand({ TableName: table }));
      const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: prefix }));
      for (const QueueUrl of QueueUrls) await sqs.send(new DeleteQueueCommand({ QueueUrl }));
      dynamo.destroy();
      sqs.destroy();
      await endpoints.close();
    },
  };
}

function named(): Endpoints {
  const endpoint = process.env.AWS_ENDPOINT_URL;
  if (!endpoint) throw new Error('FLOWBEAT_TEST_AWS=1 needs AWS_ENDPOINT_URL: the address of an AWS emulator.');
  return { dynamo: endpoint, sqs: endpoint, s3: endpoint, close: async () => {} };
}

async function inProcess(): Promise<Endpoints> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const queues = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
  return {
    dynamo: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sqs: `http://127.0.0.1:${queues.port}`,
    s3: `http://127.0.0.1:${queues.port}`,
    async close() {
      await queues.stop();
      await stop(server);
    },
  };
}

/** The clients' kept-alive connections would hold the server open for as long as they idle. */
function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
}
