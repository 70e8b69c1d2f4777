/** What a test says of a Map: what its ItemReader reads, and how many of its items have failed. */
import { isPlainJson, maxChartDepth } from '#engine/chart/parse';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject, member } from '#engine/json-values';
import type { Tolerance } from '#engine/run/work';
import { refuse } from '#engine/test-state/request';
import type { UnderTest } from '#engine/test-state/state-under-test';

const pointer = '/stateConfiguration/mapItemReaderData';

/** What a reader gives: `null` where it is not known, or where this version cannot read it (CSV, manifests). */
export interface ReadItems {
  readonly items: readonly Json[] | null;
  /** What `ItemsPointer` points to. */
  readonly afterItemsPointer?: Json;
}

/** The items of a Map with an `ItemReader`, from the data that it would read; undefined where it has none. Throws `TestRefused`. */
export const readItems = ({ text }: UnderTest, data: string | undefined): ReadItems | undefined => {
  const { ItemReader: reader } = text;
  if (reader === undefined) {
    if (data !== undefined)
      refuse(
        'INVALID_STATE_CONFIGURATION',
        pointer,
        "'mapItemReaderData' belongs to a Map state with an 'ItemReader'.",
      );
    return undefined;
  }
  if (data === undefined) return { items: null };
  const config = isObject(reader) && isObject(reader.ReaderConfig) ? reader.ReaderConfig : {};
  if (config.InputType === 'JSONL') return bounded({ items: data.split('\n').filter(filled).map(parse) }, config);
  if (config.InputType !== undefined && config.InputType !== 'JSON') return { items: null };
  return bounded(pointed(parse(data), config), config);
};

const filled = (line: string): boolean => line.trim() !== '';

const parse = (text: string): Json => {
  try {
    const value = JSON.parse(text) as Json;
    if (isPlainJson(value)) return value;
    throw new SyntaxError(`it is nested more than ${maxChartDepth} levels deep`);
  } catch (error) {
    return refuse(
      'INVALID_STATE_CONFIGURATION',
      pointer,
      `'mapItemReaderData' is not the JSON that the 'ItemReader' reads: ${(error as Error).message}.`,
    );
  }
};

/** An array has its members as items; an object what `ItemsPointer` (RFC 6901) points to, else an item for each of its own members, as Step Functions makes them. */
const pointed = (value: Json, config: JsonObject): ReadItems => {
  const { ItemsPointer: path } = config;
  let found = value;
  if (typeof path === 'string') {
    for (const part of path.split('/').slice(1)) {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      found = (isObject(found) ? member(found, key) : isArray(found) ? found[Number(key)] : undefined) ?? null;
    }
  }
  const items = isArray(found)
    ? found
    : isObject(found)
      ? membersAsItems(found)
      : refuse('INVALID_STATE_CONFIGURATION', pointer, "What the 'ItemReader' reads must be an array or an object.");
  return { items, ...(typeof path === 'string' ? { afterItemsPointer: found } : null) };
};

/** The items that an object has for a Map: each of its members, with its key. */
export const membersAsItems = (object: JsonObject): Json[] =>
  Object.entries(object).map(([Key, Value]) => ({ Key, Value }));

const bounded = (read: ReadItems, { MaxItems: most }: JsonObject): ReadItems =>
  typeof most === 'number' && most > 0 && read.items !== null ? { ...read, items: read.items.slice(0, most) } : read;

/** Whether more items failed than the state tolerates. One that says nothing is not failed by a count: it has the result that was mocked (recorded behaviour). */
export const exceeds = (failures: number, items: number, { count, percentage }: Tolerance): boolean =>
  (count !== undefined && failures > count) ||
  (percentage !== undefined && items > 0 && (failures / items) * 100 > percentage);
