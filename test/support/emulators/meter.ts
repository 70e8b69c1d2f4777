import { type AttributeValue, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { itemSize, WRITE_UNIT_BYTES } from '#adapters/dynamodb/item-size';

type Item = Record<string, AttributeValue>;

/** What a write or read was for, by the first letter of its key (adapters/dynamodb/keys.ts). */
const KINDS: Readonly<Record<string, string>> = {
  v: 'value',
  h: 'history',
  j: 'join',
  x: 'control',
  c: 'callback',
  p: 'checkpoint',
  d: 'due',
  r: 'days',
  l: 'lease',
  L: 'lease',
  s: 'setting',
  C: 'chart',
  T: 'trigger',
};

function kindOf(key: Item): string {
  const k = key.k?.S ?? '';
  if (k.startsWith('f:')) return key.s?.S?.includes('/') ? 'child' : 'flow';
  return KINDS[k[0] ?? ''] ?? 'other';
}

/** Counts, by what was asked and what for: `write flow`, `SendMessageBatch`. */
export class Tally {
  readonly counts = new Map<string, number>();

  add(name: string, by: number): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }

  /** The sum of all counts whose name begins so. */
  sum(prefix = ''): number {
    let sum = 0;
    for (const [name, count] of this.counts) if (name.startsWith(prefix)) sum += count;
    return sum;
  }

  get(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  reset(): void {
    this.counts.clear();
  }

  toJSON(): Record<string, number> {
    return Object.fromEntries([...this.counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

const READ_UNIT_BYTES = 4096;
const units = (bytes: number, unit: number) => Math.max(1, Math.ceil(bytes / unit));
const nameOf = (key: Item) => `${key.k?.S}\n${key.s?.S}`;
const keyIn = ({ k, s }: Item): Item => ({ k: k!, s: s! });

/** The shape that the client's middleware has, as far as the meter cares. */
type Handler = (args: { input: unknown }) => Promise<{ output: unknown }>;
type Stack = { add(middleware: unknown, options: object): void };

function intercept(
  client: { middlewareStack: unknown },
  handle: (command: string, next: Handler, args: { input: unknown }) => Promise<{ output: unknown }>,
): void {
  const middleware = (next: Handler, context: { commandName?: string }) => (args: { input: unknown }) =>
    handle((context.commandName ?? '').replace(/Command$/, ''), next, args);
  (client.middlewareStack as Stack).add(middleware, { step: 'initialize', name: 'meter', priority: 'high' });
}

/**
 * Counts DynamoDB's units request by request, by AWS's rules: a write pays for the larger of the item before and after it, a refused one for the item that
 * refused it, an entry of the index one more; a read for what it returns. `write flow`, `write child`, `write list` (the index) …, `read flow` …
 *
 * An update's answer does not show the item, so the meter asks for it (which costs nothing) and remembers the sizes it has seen: right as long as nobody else
 * writes to the table. Retries within the client are one request here.
 */
export function meterDynamo(client: DynamoDBClient): Tally {
  const tally = new Tally();
  const sizes = new Map<string, number>();
  const own = new WeakSet<object>();

  const wrote = (key: Item, after: number | undefined) => {
    const before = sizes.get(nameOf(key));
    if (after === undefined) sizes.delete(nameOf(key));
    else sizes.set(nameOf(key), after);
    tally.add(`write ${kindOf(key)}`, units(Math.max(before ?? 0, after ?? 0), WRITE_UNIT_BYTES));
    return before === undefined;
  };
  const read = (kind: string, bytes: number, consistent: boolean) =>
    tally.add(`read ${kind}`, units(bytes, READ_UNIT_BYTES) * (consistent ? 1 : 0.5));

  const refusedOr = async (key: Item, send: () => Promise<{ output: unknown }>) => {
    try {
      return await send();
    } catch (error) {
      if ((error as Error).name === 'ConditionalCheckFailedException')
        tally.add(`write ${kindOf(key)}`, units(sizes.get(nameOf(key)) ?? 0, WRITE_UNIT_BYTES));
      throw error;
    }
  };

  intercept(client, async (command, next, args) => {
    const input = args.input as Record<string, unknown> & { Key?: Item; Item?: Item };
    if (own.has(input)) return next(args);
    tally.add(`request ${command}`, 1);
    switch (command) {
      case 'PutItem': {
        const item = input.Item!;
        const answer = await refusedOr(keyIn(item), () => next(args));
        const isNew = wrote(keyIn(item), itemSize(item));
        if (isNew && item.g) tally.add('write list', 1);
        return answer;
      }
      case 'DeleteItem': {
        const answer = await next(args);
        wrote(input.Key!, undefined);
        return answer;
      }
      case 'UpdateItem': {
        const asked = input.ReturnValues;
        const key = input.Key!;
        const told = asked === undefined || asked === 'NONE' || asked === 'ALL_NEW';
        const answer = await refusedOr(key, () =>
          next(told ? { ...args, input: { ...input, ReturnValues: 'ALL_NEW' } } : args),
        );
        const output = answer.output as { Attributes?: Item };
        let after = output.Attributes;
        if (!told) {
          const look = { TableName: input.TableName as string, Key: key, ConsistentRead: true };
          own.add(look);
          after = (await client.send(new GetItemCommand(look))).Item;
        }
        wrote(key, itemSize(after ?? key));
        return asked === undefined || asked === 'NONE'
          ? { ...answer, output: { ...output, Attributes: undefined } }
          : answer;
      }
      default: {
        const answer = await next(args);
        readUnits(command, input, answer.output as Record<string, unknown>, read);
        return answer;
      }
    }
  });
  return tally;
}

function readUnits(
  command: string,
  input: Record<string, unknown> & { Key?: Item },
  output: Record<string, unknown>,
  read: (kind: string, bytes: number, consistent: boolean) => void,
): void {
  const consistent = input.ConsistentRead === true;
  if (command === 'GetItem') {
    read(kindOf(input.Key!), output.Item ? itemSize(output.Item as Item) : 0, consistent);
  } else if (command === 'BatchGetItem') {
    // Each item of a batch is rounded up by itself, and one that is not there is paid for too.
    for (const [table, { Keys }] of Object.entries(input.RequestItems as Record<string, { Keys: Item[] }>)) {
      const found = new Map(
        ((output.Responses as Record<string, Item[]>)[table] ?? []).map((item) => [nameOf(item), item]),
      );
      for (const key of Keys) read(kindOf(key), itemSize(found.get(nameOf(key)) ?? {}), true);
    }
  } else if (command === 'Query' || command === 'Scan') {
    const items = (output.Items ?? []) as Item[];
    const values = (input.ExpressionAttributeValues ?? {}) as Item;
    const kind = command === 'Scan' ? 'census' : input.IndexName ? 'list' : kindOf({ k: values[':k'] ?? { S: '' } });
    const bytes = items.reduce((sum, item) => sum + itemSize(item), 0);
    read(kind, bytes, consistent);
  }
}

const BILLED_BYTES = 64 * 1024;

/** Counts SQS requests by operation, 64 KB each; receives that bring nothing as `empty ReceiveMessage`, since an idle queue has them whatever runs. */
export function meterSqs(client: SQSClient): Tally {
  const tally = new Tally();
  intercept(client, async (command, next, args) => {
    const answer = await next(args);
    const { Messages } = answer.output as { Messages?: { Body?: string }[] };
    const empty = command === 'ReceiveMessage' && (Messages?.length ?? 0) === 0;
    const { Entries = [] } = args.input as { Entries?: { MessageBody?: string }[] };
    const bytes = Entries.reduce((sum, { MessageBody = '' }) => sum + Buffer.byteLength(MessageBody), 0);
    tally.add(empty ? `empty ${command}` : `request ${command}`, units(bytes, BILLED_BYTES));
    return answer;
  });
  return tally;
}
