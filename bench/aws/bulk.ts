import { BatchWriteItemCommand, type DynamoDBClient, type PutItemCommand } from '@aws-sdk/client-dynamodb';

/** What BatchWriteItem takes. */
const BATCH = 25;
/** As many requests at a time as the client has connections. */
const WIDTH = 40;

type Put = NonNullable<PutItemCommand['input']['Item']>;

/**
 * Fills a table faster than writing item by item: a client that takes the store's puts, of what is surely not there, and writes them in batches
 * without their conditions. For a store of its own; nothing is read by it.
 */
export class BulkClient {
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
