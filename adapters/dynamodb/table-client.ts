import {
  type AttributeValue,
  BatchGetItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { attemptsOf, failure, isRefusal, isThrottled, throttled } from '#adapters/dynamodb/failures';
import { type Key, keyOf } from '#adapters/dynamodb/keys';
import { type Clock, sleep } from '#ports/clock';

/** An item as DynamoDB knows it. */
export type Item = Readonly<Record<string, AttributeValue>>;

/** What became of a conditional write. */
export type Written =
  | { readonly ok: true; readonly item?: Item | undefined }
  /** `item`: as found, where the store tells. `certain`: false where an earlier try of the same request may have been applied. */
  | { readonly ok: false; readonly item?: Item | undefined; readonly certain: boolean };

/** An update in DynamoDB's words; `if`: its condition. */
export interface Update {
  readonly key: Key;
  readonly change: string;
  readonly if: string;
  readonly values?: Item;
  readonly returns?: 'ALL_NEW' | 'ALL_OLD';
}

/** A query of one partition, or of the index. */
export interface PartitionQuery {
  readonly where: string;
  readonly values: Item;
  readonly index?: string;
  readonly backward?: boolean;
  readonly limit?: number;
  readonly from?: Item | undefined;
}

/** Throttled requests are repeated so often, after the client's own retries, before their caller is told. */
const THROTTLE_TRIES = 8;
const THROTTLE_FIRST_MS = 25;
/** Keys of one BatchGetItem. */
const BATCH = 100;

/** The names that an expression uses: every attribute stands in it as `#name`, so that no reserved word is met. */
function namesIn(...expressions: readonly (string | undefined)[]): Record<string, string> {
  const names: Record<string, string> = {};
  for (const expression of expressions)
    for (const name of expression?.match(/#\w+/g) ?? []) names[name] = name.slice(1);
  return names;
}

/** Requests to the one table: conditional writes whose refusal is an answer, strong reads, throttling waited out, errors in our words. */
export class TableClient {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #clock: Clock;

  constructor(client: DynamoDBClient, table: string, clock: Clock) {
    this.#client = client;
    this.#table = table;
    this.#clock = clock;
  }

  /** Puts an item; with a condition the answer may be a refusal. */
  async put(item: Item, condition?: string, values?: Item): Promise<Written> {
    return this.#write(() =>
      this.#client.send(
        new PutItemCommand({
          TableName: this.#table,
          Item: item,
          ...(condition !== undefined && {
            ConditionExpression: condition,
            ExpressionAttributeNames: namesIn(condition),
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
          ...(values && { ExpressionAttributeValues: values }),
        }),
      ),
    );
  }

  async update({ key, change, if: condition, values, returns }: Update): Promise<Written> {
    const input: UpdateItemCommandInput = {
      TableName: this.#table,
      Key: keyOf(key),
      UpdateExpression: change,
      ConditionExpression: condition,
      ExpressionAttributeNames: namesIn(change, condition),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      ...(values && Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
      ...(returns && { ReturnValues: returns }),
    };
    return this.#write(() => this.#client.send(new UpdateItemCommand(input)));
  }

  async drop(key: Key): Promise<void> {
    await this.#write(() => this.#client.send(new DeleteItemCommand({ TableName: this.#table, Key: keyOf(key) })));
  }

  /** One item, strongly consistent. */
  async get(key: Key): Promise<Item | undefined> {
    const input = { TableName: this.#table, Key: keyOf(key), ConsistentRead: true };
    return (await this.#read(() => this.#client.send(new GetItemCommand(input)))).Item;
  }

  /** Any number of items, strongly consistent, in the order asked. */
  async getMany(keys: readonly Key[]): Promise<(Item | undefined)[]> {
    const textOf = ({ k, s }: Key) => `${k}\n${s}`;
    const found = new Map<string, Item>();
    const distinct = [...new Map(keys.map((key) => [textOf(key), key])).values()];
    if (distinct.length === 1) {
      const item = await this.get(distinct[0]!);
      return keys.map(() => item);
    }
    const batches: Key[][] = [];
    for (let at = 0; at < distinct.length; at += BATCH) batches.push(distinct.slice(at, at + BATCH));
    const batch = async (wanted: readonly Key[]): Promise<void> => {
      let asked: Record<string, AttributeValue>[] | undefined = wanted.map(keyOf);
      for (let tries = 0; asked && asked.length > 0; tries++) {
        const Keys: Record<string, AttributeValue>[] = asked;
        const input = { RequestItems: { [this.#table]: { Keys, ConsistentRead: true } } };
        const { Responses, UnprocessedKeys } = await this.#read(() =>
          this.#client.send(new BatchGetItemCommand(input)),
        );
        for (const item of Responses?.[this.#table] ?? [])
          found.set(textOf({ k: item.k?.S ?? '', s: item.s?.S ?? '' }), item);
        asked = UnprocessedKeys?.[this.#table]?.Keys;
        // Unprocessed are those beyond 16 MB an answer, or throttled ones: the former need no pause, the latter a growing one.
        if (asked?.length !== Keys.length) tries = 0;
        else if (tries < THROTTLE_TRIES) await this.#pause(tries);
        else throw throttled(this.#table);
      }
    };
    await inTurns(batches, 8, batch);
    return keys.map((key) => found.get(textOf(key)));
  }

  /** One page of a partition, strongly consistent unless of the index. */
  async query(query: PartitionQuery): Promise<{ readonly items: Item[]; readonly next: Item | undefined }> {
    const input: QueryCommandInput = {
      TableName: this.#table,
      KeyConditionExpression: query.where,
      ExpressionAttributeNames: namesIn(query.where),
      ExpressionAttributeValues: query.values,
      ScanIndexForward: !query.backward,
      ...(query.index === undefined ? { ConsistentRead: true } : { IndexName: query.index }),
      ...(query.limit !== undefined && { Limit: query.limit }),
      ...(query.from && { ExclusiveStartKey: query.from }),
    };
    const { Items = [], LastEvaluatedKey } = await this.#read(() => this.#client.send(new QueryCommand(input)));
    return { items: Items, next: LastEvaluatedKey };
  }

  /** Everything that a query finds. */
  async queryAll(query: Omit<PartitionQuery, 'from' | 'limit'>): Promise<Item[]> {
    const items: Item[] = [];
    for (let from: Item | undefined, first = true; first || from; first = false) {
      const page = await this.query({ ...query, from });
      items.push(...page.items);
      from = page.next;
    }
    return items;
  }

  /** One page of the whole table, filtered, eventually consistent: half the price. */
  async scan(filter: string, values: Item, from?: Item): Promise<{ items: Item[]; next: Item | undefined }> {
    const input: ScanCommandInput = {
      TableName: this.#table,
      FilterExpression: filter,
      ExpressionAttributeNames: namesIn(filter),
      ExpressionAttributeValues: values,
      ...(from && { ExclusiveStartKey: from }),
    };
    const { Items = [], LastEvaluatedKey } = await this.#read(() => this.#client.send(new ScanCommand(input)));
    return { items: Items, next: LastEvaluatedKey };
  }

  async #write(send: () => Promise<{ Attributes?: Record<string, AttributeValue> | undefined }>): Promise<Written> {
    let certain = true;
    for (let tries = 0; ; tries++) {
      try {
        return { ok: true, item: (await send()).Attributes };
      } catch (error) {
        if (isRefusal(error)) {
          const { Item } = error as { Item?: Item };
          return { ok: false, item: Item, certain: certain && attemptsOf(error) <= 1 };
        }
        if (!isThrottled(error) || tries >= THROTTLE_TRIES) throw failure(error, 'write', this.#table);
        // Before it was throttled the client may have sent it once with its answer lost.
        certain &&= attemptsOf(error) <= 1;
        await this.#pause(tries);
      }
    }
  }

  async #read<T>(send: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await send();
      } catch (error) {
        if (!isThrottled(error) || tries >= THROTTLE_TRIES) throw failure(error, 'read', this.#table);
        await this.#pause(tries);
      }
    }
  }

  /** Full jitter: those who were throttled together do not come back together. */
  async #pause(tries: number): Promise<void> {
    await sleep(this.#clock, Math.random() * THROTTLE_FIRST_MS * 2 ** Math.min(tries, 7));
  }
}

/** Does `work` for each, at most `width` at a time. */
export async function inTurns<T>(all: readonly T[], width: number, work: (one: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < all.length) await work(all[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(width, all.length) }, worker));
}
