import type { SomeBounds } from '#engine/chart/bounds';
import type { StoreChoice } from '#workers/env';

/** What `flowbeat serve` and `flowbeat dev` are told; the command line has the same by another name. */
export interface ServeOptions {
  readonly version: string;
  readonly mode: 'dev' | 'serve';
  readonly host: string;
  readonly port: number;
  readonly file: string;
  readonly handlers: readonly string[];
  readonly charts: readonly string[];
  readonly worker: boolean;
  readonly places: number;
  readonly queues: readonly string[];
  readonly windowMs?: number;
  readonly bounds?: SomeBounds;
  readonly json: boolean;
}

/** What `flowbeat worker` is told. */
export interface WorkerOptions {
  readonly store: StoreChoice;
  readonly handlers: readonly string[];
  readonly count: number;
  readonly places: number;
  /** How many messages each process holds ahead of its places. */
  readonly prefetch: number;
  readonly queues: readonly string[];
  readonly name?: string;
  readonly windowMs?: number;
  readonly drainMs: number;
  readonly json: boolean;
}
