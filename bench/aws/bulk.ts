import { BatchWriteItemCommand, type DynamoDBClient, type PutItemCommand } from '@aws-sdk/client-dynamodb';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import type { Clock } from '#ports/clock';
import type { Queue } from '#ports/message';
import type { Commit } from '#ports/write';
import { orderedCommit } from '#scheduler/ordered-commit';

/** What BatchWriteItem takes. */
const BATCH = 25;
/** As many requests at a time as the client has connections. */
const WIDTH = 40;

type Put = NonNullable<PutItemCommand['input']['Item']>;

/** Where it is written. */
export interface BulkTarget {
  readonly dynamo: DynamoDBClient;
  readonly table: string;
  readonly queue: Queue;
  readonly clock: Clock;
}

/** Writes what does not matter how it came there: all that `write` commits is put in bulk, ten times as fast. */
export async function inBulk(
  { dynamo, table, queue, clock }: BulkTarget,
  write: (commit: Commit) => Promise<void>,
): Promise<void> {
  const client = new BulkClient(dynamo, table);
  await write(orderedCommit(openDynamo({ client: client as never, table, clock }), queue));
  await client.flush();
}

/** Takes a store's puts, of what is surely not there, and writes them in batches without their conditions. Nothing is read by it. */
class BulkClient {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #puts = new Map<string, Put>();

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** Takes a put; any other request is refused. */
  async send({ input }: { readonly input: object }): Promise<object> {
    const { Item } = input as PutItemCommand['input'];
    if (Item === undefined) throw new Error('only puts can be written in bulk');
    // The name of a day or an hour is put again and again.
    this.#puts.set(`${Item.k?.S}\n${Item.s?.S}`, Item);
    return {};
  }

  /** Writes all that was put. */
  async flush(): Promise<void> {
    const left = [...this.#puts.values()];
    this.#puts.clear();
    const lane = async () => {
      for (let items = left.splice(0, BATCH); items.length > 0; items = left.splice(0, BATCH)) {
        const requests = items.map((Item) => ({ PutRequest: { Item } }));
        const { UnprocessedItems } = await this.#client.send(
          new BatchWriteItemCommand({ RequestItems: { [this.#table]: requests } }),
        );
        for (const { PutRequest } of UnprocessedItems?.[this.#table] ?? []) left.push(PutRequest!.Item!);
      }
    };
    await Promise.all(Array.from({ length: WIDTH }, lane));
  }
}
