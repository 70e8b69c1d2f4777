/**
 * What a distributed Map asks for: where its items are, how they are put together, how many at a time, where its results go. It follows from the position alone, so
 * that whoever makes a child, or makes one again, makes the same.
 */
import type { BatcherWork, CompiledChart, MapRunWork, ReaderWork, StateOf, WriterWork } from '#engine/chart/compiled';
import type { DecideOptions, MapItem, Position } from '#engine/flow';
import type { Json, JsonObject } from '#engine/json';
import { isObject } from '#engine/json-values';
import { randomBytes } from '#engine/random';
import { Cursor, draws, PhaseError } from '#engine/run/cursor';
import {
  boundOf,
  checkedItems,
  concurrencyOf,
  effectiveInput,
  type NumberBounds,
  type Tolerance,
  toleranceOf,
} from '#engine/run/work';
import { errorNames, StatesError } from '#engine/states-error';

/** What the items of a distributed Map are read from, as its `ItemReader` says. */
export interface ItemSource {
  /** `s3:getObject`: the items in an object. `s3:listObjectsV2`: the objects under a prefix. */
  readonly resource: ReaderWork['resource'];
  /** `Parameters` or `Arguments`: `Bucket`, `Key` or `Prefix`, and what else the call takes. */
  readonly input: JsonObject;
  /** `ReaderConfig` as it is written (AWS: "ItemReader (Map)"): the form of an object's items. Bounds (`MaxItems`) are not the reader's. */
  readonly config: JsonObject;
}

/** How many items a child is given together, and what beside them. */
export interface BatchPlan {
  readonly maxItems: number;
  /** Of the batch as JSON, what stands beside the items included. */
  readonly maxBytes: number;
  /** What the child is given beside its `Items`: `BatchInput`, where the chart has one. */
  readonly beside: JsonObject;
}

/** Where the results of a distributed Map are written. */
export interface ResultTarget extends Pick<WriterWork, 'transformation' | 'outputType'> {
  /** Null: they are the state's output. `folder`: what the keys begin with. */
  readonly place: { readonly bucket: string; readonly folder: string } | null;
}

/** The most children of a round, where all of them are made at once (AWS runs as many at a time). */
const largestRound = 10_000;
/** The most children of a round whose children are made one after another, so that the Map keeps where each begins. */
const windowedRound = 1_000;
/** The most items that a reader takes (AWS: "ItemReader (Map)"). */
const mostItems = 100_000_000;
/** The most bytes of a batch (AWS: "ItemBatcher (Map)"); without AWS's limits, where the chart sets none. */
const mostBatchBytes = 262_144;

/** What a distributed Map asks for at a position. Throws `StatesError` where an expression fails. */
export class MapPlan {
  /** Absent: the items are in the Map's input. */
  readonly source: ItemSource | undefined;
  /** The items in the Map's input: the elements of an array, or the members of an object. */
  readonly items: readonly Omit<MapItem, 'index'>[];
  readonly batch: BatchPlan | undefined;
  readonly maxConcurrency: number;
  readonly tolerance: Tolerance;
  readonly #cursor: Cursor;
  readonly #state: StateOf<'Map'>;
  readonly #input: Json;

  constructor(at: Cursor) {
    const cursor = at.asEntered();
    const state = cursor.state as StateOf<'Map'>;
    const { mapRun } = state.work;
    if (mapRun === null) throw new PhaseError(`state '${state.name}' is no distributed Map`);
    cursor.draw = draws.enter;
    const input = effectiveInput(cursor, state);
    const { reader, batcher } = mapRun;
    this.#cursor = cursor;
    this.#state = state;
    this.#input = input;
    this.source = reader === null ? undefined : sourceOf(cursor, reader, input);
    this.items = reader === null ? itemsIn(cursor, state, input) : [];
    this.batch = batcher === null ? undefined : batchPlanOf(cursor, batcher, input);
    this.maxConcurrency = concurrencyOf(cursor, state.work.maxConcurrency);
    this.tolerance = toleranceOf(cursor, state.work.tolerances);
  }

  /** Whether any item may fail. */
  get isTolerant(): boolean {
    const { count = 0, percentage = 0 } = this.tolerance;
    return count > 0 || percentage > 0;
  }

  /** The most items that are read. Throws `StatesError`. */
  get maxItems(): number {
    const source = this.#run.reader?.maxItems ?? null;
    if (source === null) return mostItems;
    const most = boundOf(this.#cursor, source, anyInteger);
    if (most < 0) throw new StatesError(errorNames.itemReaderFailed, 'field MaxItems must be positive');
    return most === 0 ? mostItems : Math.min(most, mostItems);
  }

  /** The most children of one round. */
  get maxChildren(): number {
    const { maxConcurrency: most, batch } = this;
    if (batch !== undefined) return windowedRound;
    if (most === 0) return largestRound;
    return most < windowedRound ? windowedRound : Math.min(most, largestRound);
  }

  /** What the child of an item is given, or what its batch has of it. Throws `StatesError`. */
  inputOf(item: MapItem): Json {
    const { itemSelector } = this.#state.work;
    const { index, key, value } = item;
    // As Step Functions was seen to do it (floci, pull request 1588).
    if (itemSelector === null) return key === undefined ? value : { Key: key, Value: value };
    const cursor = this.#cursor;
    // Each child is made by itself: a million of them take no more at a time than one.
    cursor.refuel();
    const outer = cursor.item;
    cursor.item = item;
    cursor.draw = draws.item + index * 1000;
    try {
      return itemSelector.evaluate(this.#input, cursor);
    } finally {
      cursor.item = outer;
    }
  }

  /** Names the Map's run: the same after every take-over, another for each attempt. */
  get id(): string {
    const { options, step, attempt } = this.#cursor;
    const hex = [...randomBytes(`${options.seed}/map`, step, attempt, 0)]
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join('');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }

  /** What stands for the run's ARN: `<chart>/<label>:<id>`. */
  get name(): string {
    return `${this.#cursor.chart.name}/${this.#run.label}:${this.id}`;
  }

  /** Where the results go. Throws `StatesError`. */
  get target(): ResultTarget {
    const { writer } = this.#run;
    if (writer === null) return { place: null, transformation: 'COMPACT', outputType: 'JSON' };
    const { transformation, outputType } = writer;
    if (writer.place === null) return { place: null, transformation, outputType };
    const given = writer.place.evaluate(this.#input, this.#cursor);
    const bucket = isObject(given) ? given.Bucket : undefined;
    const prefix = (isObject(given) ? given.Prefix : undefined) ?? '';
    if (typeof bucket !== 'string' || typeof prefix !== 'string')
      throw new StatesError(
        errorNames.resultWriterFailed,
        "The 'ResultWriter' needs a 'Bucket', and takes a 'Prefix': both are texts.",
      );
    const folder = prefix === '' ? this.id : `${prefix.replace(/\/$/, '')}/${this.id}`;
    return { place: { bucket, folder }, transformation, outputType };
  }

  get #run(): MapRunWork {
    return this.#state.work.mapRun as MapRunWork;
  }
}

/** What an `ItemBatcher` asks for. Throws `StatesError`. */
export const batchPlanOf = (
  cursor: Cursor,
  { maxItems, maxBytes, input: given }: BatcherWork,
  input: Json,
): BatchPlan => ({
  maxItems: maxItems === null ? Number.POSITIVE_INFINITY : boundOf(cursor, maxItems, count),
  maxBytes: maxBytes === null ? mostBatchBytes : boundOf(cursor, maxBytes, count),
  beside: given === null ? {} : { BatchInput: given.evaluate(input, cursor) },
});

/** The items in a Map's input: unlike an inline Map, a distributed one also takes the members of an object. */
const itemsIn = (cursor: Cursor, state: StateOf<'Map'>, input: Json): MapPlan['items'] => {
  const { items: source } = state.work;
  const given = source === null ? input : source.evaluate(input, cursor);
  if (isObject(given)) return Object.entries(given).map(([key, value]) => ({ key, value }));
  return checkedItems(state, given).map((value) => ({ value }));
};

const count: NumberBounds = { least: 1, most: Number.POSITIVE_INFINITY, integer: true };
// What is below none has AWS's own sentence.
const anyInteger: NumberBounds = { ...count, least: Number.NEGATIVE_INFINITY };

const sourceOf = (cursor: Cursor, { resource, input: given, config }: ReaderWork, input: Json): ItemSource => {
  const value = given === null ? {} : given.evaluate(input, cursor);
  if (!isObject(value))
    throw new StatesError(errorNames.itemReaderFailed, "What the 'ItemReader' is given must be an object.");
  return { resource, input: value, config };
};

/** What a flow asks for that stands at a distributed Map. Throws `StatesError`. */
export const mapPlan = (chart: CompiledChart, position: Position, options: DecideOptions): MapPlan =>
  new MapPlan(new Cursor(chart, position, options, null));

/** A child of a distributed Map, as it is made. */
export interface MapChild {
  readonly input: Json;
  /** Its item, where it has one alone. */
  readonly item?: MapItem;
  /** Why its input cannot be made any more. */
  readonly refused?: Position['refused'];
}

/** Where a child of a distributed Map starts. */
export const mapChildPosition = (
  chart: CompiledChart,
  parent: Position,
  { input, item, refused }: MapChild,
  options: DecideOptions,
): Position => {
  const state = chart.states.get(parent.at) as StateOf<'Map'>;
  const start = state.work.starts[0];
  if (start === undefined) throw new PhaseError(`state '${state.name}' has no processor`);
  const kept = state.work.keepItem ? (item ?? parent.item) : parent.item;
  return {
    at: start.name,
    phase: 'enter',
    step: 0,
    input,
    vars: {},
    entered: options.now,
    attempt: 0,
    ...(refused && { refused }),
    ...(kept === undefined ? null : { item: kept }),
  };
};
