import { createHash } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type FlowId, type Incarnation, type RunId, runOf } from '#ports/ids';
import type { DueRow } from '#ports/write';

/**
 * Key formats: the one table holds every kind of item, told apart by the first letter of the partition key `k`; `s` is the sort key.
 *
 * | item           | k                      | s                        |
 * |----------------|------------------------|--------------------------|
 * | flow           | `f:<run>[#<shard>]`    | `-`, `~1`, `/3.4/1.0`    |
 * | side value     | `v:<flow>`             | `<hash>.<part>`          |
 * | history chunk  | `h:<flow>`             | `<first seq>.<write id>` |
 * | join row       | `j:<flow>#<seq>.<node>`| `-`                      |
 * | control row    | `x:<root flow>`        | `-`                      |
 * | callback       | `c:<flow>`             | `<key>`; its beat `<key>!` |
 * | checkpoint     | `p:<flow>`             | `<step>`                 |
 * | due row        | `d:<hour>.<shard>`     | `<due>#<hash>`           |
 * | hours with due rows | `d:hours`         | `<hour>`                 |
 * | days with runs | `r:days`               | `<day>`                  |
 * | lease          | `l:`                   | `<incarnation>`          |
 * | setting        | `s:<key>`              | `-`                      |
 * | chart version  | `C:<name>`             | `<version>`              |
 * | charts         | `C:`                   | `<name>`                 |
 * | charts with triggers | `T:`             | `<name>`; when all were listed `!` |
 */
export interface Key {
  readonly k: string;
  readonly s: string;
}

/** A key as the client wants it. */
export const keyOf = ({ k, s }: Key): Record<string, AttributeValue> => ({ k: { S: k }, s: { S: s } });

/** A short hash for keys; 96 bits, so that no two contents below one flow ever share it. */
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 16);

/** The sort key of what is alone under its partition key: the shortest there can be, since keys count into an item's size. */
const ALONE = '-';

/**
 * Partitions that the children of a run are spread over. A partition takes 1,000 writes a second, a branch of a Map costs three, so a run
 * advances by about 2,600 branches a second; a list of the run's flows is eight queries. The root flow and its redrives stand in the first.
 */
const FLOW_SHARDS = 8;

/** 32-bit FNV-1a: spreads keys over shards; cheaper than SHA-256 and nothing depends on its strength. */
function spread(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

const flowPartition = (run: string, shard: number) => (shard === 0 ? `f:${run}` : `f:${run}#${shard}`);

/** Where a flow is. The id is the run and the sort key, so that the item need not repeat it. */
export function flowKey(flow: FlowId): Key {
  const run = runOf(flow);
  const rest = flow.slice(run.length);
  const shard = rest.includes('/') ? spread(rest) % FLOW_SHARDS : 0;
  return { k: flowPartition(run, shard), s: rest === '' ? ALONE : rest };
}

/** The ids that a flow's key stands for. */
export function flowOf({ k, s }: Key): { readonly id: FlowId; readonly run: RunId } {
  const shard = k.lastIndexOf('#');
  const run = k.slice(2, shard < 0 ? undefined : shard);
  return { id: (s === ALONE ? run : run + s) as FlowId, run: run as RunId };
}

/** Every partition that can hold flows of a run. */
export const flowPartitions = (run: RunId): string[] =>
  Array.from({ length: FLOW_SHARDS }, (_, shard) => flowPartition(run, shard));

/** A part of a side value. */
export const valueKey = (flow: FlowId, hash: string, part: number): Key => ({ k: `v:${flow}`, s: `${hash}.${part}` });

/** The partition of a flow's history. */
export const historyPartition = (flow: FlowId): string => `h:${flow}`;

/** The partitions of what stands beside a flow, below its id: values, history, callbacks and their beats, checkpoints. */
export const besidePartitions = (flow: FlowId): string[] => [`v:${flow}`, `h:${flow}`, `c:${flow}`, `p:${flow}`];

/** A seq so that keys sort as numbers do; a run may make a million transitions, so nine digits last. */
export const paddedSeq = (seq: number): string => String(seq).padStart(9, '0');

/** A history chunk that begins with commit `first`; `id` keeps what a zombie wrote apart. */
export const chunkKey = (flow: FlowId, first: number, id: string): Key => ({
  k: historyPartition(flow),
  s: `${paddedSeq(first)}.${id}`,
});

/** A row of a join tree: a partition of its own, so that a wide split is not bound by one partition's writes. */
export const joinKey = (flow: FlowId, seq: number, node: string): Key => ({ k: `j:${flow}#${seq}.${node}`, s: ALONE });

/** The control row of a root flow. */
export const controlKey = (root: FlowId): Key => ({ k: `x:${root}`, s: ALONE });

/** The answer to a callback. */
export const callbackKey = (flow: FlowId, key: string): Key => ({ k: `c:${flow}`, s: key });

/** The last sign of life of a callback: apart from the answer, which is put if absent. */
export const callbackBeatKey = (flow: FlowId, key: string): Key => ({ k: `c:${flow}`, s: `${key}!` });

/** A checkpoint of an action. */
export const checkpointKey = (flow: FlowId, step: number): Key => ({ k: `p:${flow}`, s: String(step) });

const HOUR_MS = 3_600_000;
const DUE_SHARDS = 4;
const padded = (n: number, digits: number) => String(n).padStart(digits, '0');

/**
 * Due rows stand in hours, not minutes: a tick then asks a handful of partitions however long nobody ticked, and since rows are dropped when
 * sent it reads none twice. Waits that begin together end together, so shards spread their writes and a finer bucket would not.
 */
export const dueHour = (due: number): string => padded(Math.floor(due / HOUR_MS), 7);

/** The start of an hour bucket, in milliseconds since the epoch. */
export const hourStart = (hour: string): number => Number(hour) * HOUR_MS;

/** The partitions of an hour's due rows. */
export const duePartitions = (hour: string): string[] =>
  Array.from({ length: DUE_SHARDS }, (_, shard) => `d:${hour}.${shard}`);

const dueSort = (due: number) => padded(due, 14);

/** A due row; the same row has the same key, so that a repeated put makes no second one. */
export function dueKey(row: DueRow): Key {
  const hash = hashOf(JSON.stringify(Object.entries(row.message).sort(([a], [b]) => (a < b ? -1 : 1))));
  return { k: `d:${dueHour(row.due)}.${spread(hash) % DUE_SHARDS}`, s: `${dueSort(row.due)}#${hash}` };
}

/** A sort key after those of every row due at or before `due`. */
export const dueUpTo = (due: number): string => `${dueSort(due)}$`;

/** The partition that names the hours with due rows. */
export const DUE_HOURS = 'd:hours';

const DAY_MS = 86_400_000;
const RUN_SHARDS = 4;

/** The partition that names the days on which runs were started. */
export const RUN_DAYS = 'r:days';

/** The day of a time, so that days sort. */
export const runDay = (at: number): string => padded(Math.floor(at / DAY_MS), 6);

/** Partitions of the list of runs for a day: four take 4,000 starts a second. */
export const runPartitions = (day: string): string[] =>
  Array.from({ length: RUN_SHARDS }, (_, shard) => `${day}.${shard}`);

/** The partition that lists a run. */
export const runPartition = (run: RunId, startedAt: number): string =>
  `${runDay(startedAt)}.${spread(run) % RUN_SHARDS}`;

/** All leases stand in one partition, so that one strong query lists them: 1,000 beats a second are 3,000 workers at a window of 10 s. */
export const LEASES = 'l:';

/** A worker incarnation's lease. */
export const leaseKey = (incarnation: Incarnation): Key => ({ k: LEASES, s: incarnation });

/** The lists of flows that do not fit into their leases: beside them, so that a look at all leases does not read and pay for them. */
export const LEASE_LISTS = 'L:';

/** A list of the flows that a lease names, where it does not fit into the lease: one of two that take turns. */
export const leaseListKey = (incarnation: Incarnation, slot: 0 | 1): Key => ({
  k: LEASE_LISTS,
  s: `${incarnation}/${slot}`,
});

/** A setting. */
export const settingKey = (key: string): Key => ({ k: `s:${key}`, s: ALONE });

/** The versions of a chart. */
export const chartPartition = (name: string): string => `C:${name}`;

/** A version of a chart. */
export const chartKey = (name: string, version: number): Key => ({
  k: chartPartition(name),
  s: padded(version, 8),
});

/** The partition that names every chart. */
export const CHARTS = 'C:';

/** The partition that names the charts that may have triggers, with their next slots. */
export const SCHEDULED = 'T:';

/** Says that the charts that were put before there was that partition are in it; no chart's name. */
export const ALL_SCHEDULED: Key = { k: SCHEDULED, s: '!' };
