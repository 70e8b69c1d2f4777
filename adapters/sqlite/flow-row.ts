import type { FlowOutcome, Position } from '#engine/flow';
import type { EpochMs } from '#engine/time';
import type { Answers, FlowRecord, FlowStatus, ParentLink, TakeOver, Waits } from '#ports/flow-record';
import type { FlowId, Incarnation, RunId } from '#ports/ids';

/** A row of `flows`, as `FLOW_COLUMNS` reads it. */
export interface FlowRow {
  readonly id: FlowId;
  /** Null where it is the id. */
  readonly run: RunId | null;
  readonly chart: string;
  readonly started_at: EpochMs;
  readonly born: string;
  readonly status: FlowStatus;
  readonly owner: Incarnation | null;
  readonly term: number;
  readonly seq: number;
  readonly claims: number;
  readonly redrives: number;
  readonly updated: EpochMs;
  readonly waits: string | null;
  readonly extra: string;
  readonly position: string;
}

/** The columns that make up a record. */
export const FLOW_COLUMNS =
  'id, run, chart, started_at, born, status, owner, term, seq, claims, redrives, updated, waits, extra, position';

/** What never changes after the put, beside what is indexed. */
interface Born {
  readonly version: number;
  readonly nonce: string;
  readonly deadline?: EpochMs;
  readonly parent?: ParentLink;
  readonly answers?: Answers;
}

/** What seldom changes. */
interface Extra {
  readonly format: number;
  readonly queue: string;
  readonly needs: string;
  readonly split?: number;
  readonly left?: NonNullable<FlowRecord['left']>;
  readonly takenOver?: TakeOver;
  readonly outcome?: FlowOutcome;
}

/** The text of `born`. */
export const bornOf = ({ version, nonce, deadline, parent, answers }: FlowRecord): string =>
  JSON.stringify({ version, nonce, deadline, parent, answers } satisfies Loose<Born>);

/** The text of `extra`. */
export const extraOf = ({ format, queue, needs, split, left, takenOver, outcome }: FlowRecord): string =>
  JSON.stringify({ format, queue, needs, split, left, takenOver, outcome } satisfies Loose<Extra>);

/** Absent and undefined are the same in JSON. */
type Loose<T> = { readonly [K in keyof T]: T[K] | undefined };

/** Whether the two records have the same `extra`: parts that are carried on are the same objects. */
export const sameExtra = (a: FlowRecord, b: FlowRecord): boolean =>
  a.queue === b.queue &&
  a.needs === b.needs &&
  a.split === b.split &&
  a.left === b.left &&
  a.takenOver === b.takenOver &&
  a.outcome === b.outcome &&
  a.format === b.format;

/** The record that a row holds. */
export function toRecord(row: FlowRow): FlowRecord {
  const { version, nonce, deadline, parent, answers } = JSON.parse(row.born) as Born;
  const { format, queue, needs, ...extra } = JSON.parse(row.extra) as Extra;
  return {
    format,
    id: row.id,
    run: row.run ?? (row.id as unknown as RunId),
    ...(parent && { parent }),
    chart: row.chart,
    version,
    queue,
    needs,
    startedAt: row.started_at,
    ...(deadline !== undefined && { deadline }),
    nonce,
    ...(answers !== undefined && { answers }),
    status: row.status,
    ...(row.owner !== null && { owner: row.owner }),
    term: row.term,
    seq: row.seq,
    claims: row.claims,
    ...(row.waits !== null && { waits: JSON.parse(row.waits) as Waits }),
    ...extra,
    position: JSON.parse(row.position) as Position,
    redrives: row.redrives,
    updated: row.updated,
  };
}
