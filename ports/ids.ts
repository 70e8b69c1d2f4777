import { type EpochMs, epoch } from '#engine/time';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A run: `<chart>:<name>`. The name is the start's idempotency key; for a trigger it is the slot. */
export type RunId = Branded<'RunId'>;

/**
 * A flow. The root flow has the run's id; a child's is `<parent>/<seq of the split>.<index>`, so that a loop or retry makes new ones
 * and a repeat the same (DESIGN.md §4.5). The root of the n-th redrive is `<run>~<n>`.
 */
export type FlowId = Branded<'FlowId'>;

/** One start of a worker; or one invocation of a function, which owns flows without a lease. */
export type Incarnation = Branded<'Incarnation'>;

/** What makes ids, so that the simulator can make them from a seed. */
export interface Ids {
  /** A new unguessable string of about 22 URL-safe characters. */
  random(): string;
}

/**
 * An owner without a lease: one invocation of a function, with the moment at which its time is up. It stands in the owner's name, so that whoever reads
 * the flow knows it. A worker's incarnation never has this form: what follows its last point is not a number alone.
 */
export const functionOwner = (name: string, request: string, until: EpochMs): Incarnation =>
  `lambda.${name}.${request}.${until}` as Incarnation;

/** The function that an owner without a lease is an invocation of, and when its time is up; undefined for a worker. */
export function functionOf(
  owner: Incarnation | undefined,
): { readonly name: string; readonly until: EpochMs } | undefined {
  const [, name, until] = (owner !== undefined && /^lambda\.([\w-]+)\.[\w-]+\.(\d+)$/.exec(owner)) || [];
  return name === undefined ? undefined : { name, until: epoch(Number(until)) };
}

/** The id of a run. */
export const runId = (chart: string, name: string): RunId => `${chart}:${name}` as RunId;

/** The flow at the root of a run, or of its n-th redrive. */
export const rootFlow = (run: RunId, redrive = 0): FlowId =>
  (redrive === 0 ? run : `${run}~${redrive}`) as unknown as FlowId;

/** The child `index` of the split that `parent` made at its commit `seq`. */
export const childFlow = (parent: FlowId, seq: number, index: number): FlowId => `${parent}/${seq}.${index}` as FlowId;

/** The root flow above a flow: the part of its id before the first split. */
export const rootOf = (flow: FlowId): FlowId => {
  const end = flow.indexOf('/');
  return (end < 0 ? flow : flow.slice(0, end)) as FlowId;
};

/** The run that a flow's id begins with. */
export const runOf = (flow: FlowId): RunId => {
  const root = rootOf(flow);
  const redrive = root.indexOf('~');
  return (redrive < 0 ? root : root.slice(0, redrive)) as string as RunId;
};

/** The parent, split and index that a child's id names; undefined for a root flow. */
export const parentOf = (
  flow: FlowId,
): { readonly id: FlowId; readonly seq: number; readonly index: number } | undefined => {
  const at = flow.lastIndexOf('/');
  if (at < 0) return undefined;
  const [seq, index] = flow.slice(at + 1).split('.');
  return { id: flow.slice(0, at) as FlowId, seq: Number(seq), index: Number(index) };
};
