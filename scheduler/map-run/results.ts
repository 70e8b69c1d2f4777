/**
 * What became of the children of a distributed Map: how a round ended, and the results of all rounds, in the state's output or in files (AWS: "ResultWriter (Map)").
 * Children are read some at a time, and written as they are read.
 */
import { type MapPlan, mapPlan } from '#engine/decide';
import type { FlowEvent, MapRun, Position, ResultStatus, RoundEnd } from '#engine/flow';
import type { Json, JsonObject } from '#engine/json';
import { isArray } from '#engine/json-values';
import type { ResultTarget } from '#engine/run/map-plan';
import { errorNames } from '#engine/states-error';
import { formatTimestamp } from '#engine/timestamp';
import { type FlowRecord, isTerminal } from '#ports/flow-record';
import { childFlow, type FlowId } from '#ports/ids';
import type { Surroundings } from '#ports/surroundings';
import type { Held } from '#scheduler/held';
import { childrenAgain, placeOf } from '#scheduler/map-run/children';
import { failing } from '#scheduler/map-run/failing';
import { reliably } from '#scheduler/reliably';

/** Children that are in memory at a time. */
const PAGE = 100;

type Place = NonNullable<ResultTarget['place']>;

/** The present round has ended. `failed`: the child whose failure ends it before its time. */
export function roundEnded(s: Surroundings, held: Held, failed: number | undefined): Promise<FlowEvent> {
  return failing(async () => {
    const ended = new Results(s, held);
    if (failed === undefined) return { type: 'joined', outputs: [], round: await ended.endRound(false) };
    const child = await s.store.readFlow(ended.idOf(failed));
    const { error = errorNames.taskFailed, cause } = failureOf(child);
    const round = await ended.endRound(true);
    return { type: 'branchFailed', index: failed, error, cause, round };
  });
}

/** Puts the results of all rounds together; undefined where this worker may not act any more. */
export function gather(s: Surroundings, held: Held): Promise<FlowEvent | undefined> {
  return reliably(s.clock, held.signal, () =>
    failing(async () => ({ type: 'gathered', output: await new Results(s, held).gather() })),
  );
}

const failureOf = (child: FlowRecord | undefined): { readonly error?: string; readonly cause?: string } =>
  child?.outcome === undefined || child.outcome.status === 'Succeeded' ? {} : child.outcome;

const statusOf = (child: FlowRecord | undefined): ResultStatus =>
  child?.status === 'Succeeded' ? 'SUCCEEDED' : child && isTerminal(child.status) ? 'FAILED' : 'PENDING';

/** The results of one Map as its flow stands. */
class Results {
  readonly #s: Surroundings;
  readonly #plan: MapPlan;
  readonly #target: ResultTarget;
  readonly #flow: FlowRecord;
  readonly #position: Position;
  readonly #map: MapRun;
  readonly #signal: AbortSignal;

  constructor(s: Surroundings, { chart, position, options, record, signal }: Held) {
    if (position.map === undefined) throw new Error(`${record.id} does not stand at a distributed Map`);
    this.#s = s;
    this.#plan = mapPlan(chart, position, options);
    this.#target = this.#plan.target;
    this.#flow = record;
    this.#position = position;
    this.#map = position.map;
    this.#signal = signal;
  }

  /** Of the present round. */
  idOf(index: number): FlowId {
    return childFlow(this.#flow.id, this.#flow.split as number, index);
  }

  /** How the present round ended; its results are written, where they go to files. */
  async endRound(isBroken: boolean): Promise<RoundEnd> {
    const { split = 0 } = this.#flow;
    const round = { split, children: this.#position.branches ?? 0 };
    const { place } = this.#target;
    // Where no failure is tolerated a round that has ended has none.
    if (place === null && !this.#plan.isTolerant) return { ...round, failed: isBroken ? 1 : 0 };
    const count = { SUCCEEDED: 0, FAILED: 0, PENDING: 0 };
    let failed = 0;
    let index = 0;
    for await (const child of this.#children(round)) {
      const status = statusOf(child);
      count[status]++;
      if (status === 'FAILED') failed += this.#itemsOf(index);
      index++;
    }
    if (place === null) return { ...round, failed };
    const files: { [status in ResultStatus]?: number } = {};
    for (const status of ['SUCCEEDED', 'FAILED', 'PENDING'] as const)
      if (count[status] > 0) files[status] = await this.#write(place, round, status);
    return { ...round, failed, files };
  }

  /** The Map's result. */
  async gather(): Promise<Json> {
    const { place } = this.#target;
    if (place !== null) return this.#writeManifest(place);
    const outputs: Json[] = [];
    for (const round of this.#map.rounds) {
      for await (const child of this.#children(round)) outputs.push(...this.#entries(child, undefined));
    }
    return outputs;
  }

  /** How many items a child of the present round has. */
  #itemsOf(index: number): number {
    return this.#map.sizes?.[index] ?? 1;
  }

  async *#children({ split, children }: Pick<RoundEnd, 'split' | 'children'>): AsyncGenerator<FlowRecord | undefined> {
    for (let at = 0; at < children; at += PAGE) {
      const ids = Array.from({ length: Math.min(PAGE, children - at) }, (_, i) =>
        childFlow(this.#flow.id, split, at + i),
      );
      yield* await this.#s.store.readFlows(ids);
    }
  }

  /** Writes the children of one status into a file of their round. Returns its bytes. */
  #write(place: Place, round: Pick<RoundEnd, 'split' | 'children'>, status: ResultStatus): Promise<number> {
    const key = this.#keyOf(place, status, this.#map.rounds.length);
    const { transformation, outputType } = this.#target;
    const withInput = transformation === 'NONE' || status !== 'SUCCEEDED';
    const entries = this.#entriesOf(round, status, withInput);
    const text = outputType === 'JSONL' ? asLines(entries) : asArray(entries);
    return placeOf(this.#s.items).write({ bucket: place.bucket, key }, inPieces(text), this.#signal);
  }

  async *#entriesOf(
    round: Pick<RoundEnd, 'split' | 'children'>,
    status: ResultStatus,
    withInput: boolean,
  ): AsyncGenerator<Json> {
    const inputs = withInput
      ? childrenAgain(this.#s, this.#plan, this.#position, { first: 0, count: round.children }, this.#signal)
      : undefined;
    try {
      for await (const child of this.#children(round)) {
        const given = inputs && (await inputs.next()).value;
        if (statusOf(child) !== status) continue;
        yield* this.#entries(child, given && !given.refused ? given.input : undefined);
      }
    } finally {
      await inputs?.return();
    }
  }

  /** What a child adds to the results: its output, or what is known of it. Of one that has not succeeded always the latter. */
  #entries(child: FlowRecord | undefined, input: Json | undefined): readonly Json[] {
    const { transformation } = this.#target;
    const outcome = child?.outcome;
    if (outcome?.status === 'Succeeded' && transformation !== 'NONE')
      return transformation === 'FLATTEN' && isArray(outcome.output) ? outcome.output : [outcome.output];
    return [this.#describe(child, input)];
  }

  /** A child in the words of Step Functions' DescribeExecution. */
  #describe(child: FlowRecord | undefined, input: Json | undefined): JsonObject {
    const outcome = child?.outcome;
    const { error, cause } = failureOf(child);
    const ended = child !== undefined && isTerminal(child.status);
    return {
      ...(cause === undefined ? null : { Cause: cause }),
      ...(error === undefined ? null : { Error: error }),
      ExecutionArn: child?.id ?? '',
      ...(input === undefined ? null : { Input: JSON.stringify(input) }),
      InputDetails: { Included: input !== undefined },
      Name: child?.id ?? '',
      ...(outcome?.status === 'Succeeded' ? { Output: JSON.stringify(outcome.output) } : null),
      OutputDetails: { Included: outcome?.status === 'Succeeded' },
      RedriveCount: 0,
      RedriveStatus: 'NOT_REDRIVABLE',
      StateMachineArn: `${this.#flow.chart}:${this.#flow.version}`,
      Status: ended ? AWS_STATUS[child.status as keyof typeof AWS_STATUS] : 'PENDING',
      ...(child === undefined ? null : { StartDate: formatTimestamp(child.startedAt) }),
      ...(ended ? { StopDate: formatTimestamp(child.updated) } : null),
    };
  }

  async #writeManifest(place: Place): Promise<Json> {
    const filesOf = (status: ResultStatus): Json =>
      this.#map.rounds.flatMap(({ files }, round) => {
        const size = files?.[status];
        return size === undefined ? [] : [{ Key: this.#keyOf(place, status, round), Size: size }];
      });
    const { name: MapRunArn } = this.#plan;
    const ResultFiles = { FAILED: filesOf('FAILED'), PENDING: filesOf('PENDING'), SUCCEEDED: filesOf('SUCCEEDED') };
    const manifest = { DestinationBucket: place.bucket, MapRunArn, ResultFiles };
    const key = `${place.folder}/manifest.json`;
    const text = asPieces(JSON.stringify(manifest));
    await placeOf(this.#s.items).write({ bucket: place.bucket, key }, inPieces(text), this.#signal);
    return { MapRunArn, ResultWriterDetails: { Bucket: place.bucket, Key: key } };
  }

  #keyOf({ folder }: Place, status: ResultStatus, round: number): string {
    return `${folder}/${status}_${round}.${this.#target.outputType === 'JSONL' ? 'jsonl' : 'json'}`;
  }
}

const AWS_STATUS = { Succeeded: 'SUCCEEDED', Failed: 'FAILED', TimedOut: 'TIMED_OUT', Cancelled: 'ABORTED' } as const;

async function* asArray(entries: AsyncIterable<Json>): AsyncGenerator<string> {
  let before = '[';
  for await (const entry of entries) {
    yield before + JSON.stringify(entry);
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}

async function* asLines(entries: AsyncIterable<Json>): AsyncGenerator<string> {
  for await (const entry of entries) yield `${JSON.stringify(entry)}\n`;
}

async function* asPieces(text: string): AsyncGenerator<string> {
  yield text;
}

/** Characters that are gathered before they are handed on. */
const PIECE = 65_536;

async function* inPieces(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let piece = '';
  for await (const text of texts) {
    piece += text;
    if (piece.length < PIECE) continue;
    yield encoder.encode(piece);
    piece = '';
  }
  if (piece !== '') yield encoder.encode(piece);
}
