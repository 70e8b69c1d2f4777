/**
 * What the command line starts but may not import: server, worker and demo. `bin/` hands them in. Each resolves to the exit code once
 * it has stopped; each handles signals itself (a first one drains, a second one aborts).
 */

import type { SomeBounds } from '#engine/chart/bounds';

/** `dev` and `serve`. */
export interface ServeOptions {
  /** `dev` reloads charts and handlers when their files change. */
  readonly mode: 'dev' | 'serve';
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** The state file. */
  readonly file: string;
  /** Modules that export handlers. */
  readonly handlers: readonly string[];
  /** Chart files that are stored at the start. */
  readonly charts: readonly string[];
  /** Whether the server runs flows itself (the in-process worker). */
  readonly worker: boolean;
  /** How many flows the in-process worker runs at a time. */
  readonly places: number;
  readonly queues: readonly string[];
  /** The failover window; the installation's own where absent. */
  readonly windowMs?: number;
  /** What the expressions of charts that are stored may take; the default bounds where they are left open. */
  readonly bounds?: SomeBounds;
  /** Whether what it says is for programs: one JSON object a line. */
  readonly json: boolean;
}

/** Where a worker finds the state and its queues. */
export type StoreChoice =
  | { readonly kind: 'sqlite'; readonly file: string }
  | {
      readonly kind: 'dynamodb';
      readonly table: string;
      readonly queuePrefix: string;
      /** The bucket of large values; in the table where absent. */
      readonly bucket?: string;
      /** How long one part of a large value may take on its way to the bucket. */
      readonly chunkTimeoutMs?: number;
      /** The bus that outcomes of runs go to; nobody is told where absent. */
      readonly eventBus?: string;
      /** Whether the installation has functions: what needs no handler is theirs then. */
      readonly functions?: boolean;
    };

/** `worker`. */
export interface WorkerOptions {
  readonly store: StoreChoice;
  readonly handlers: readonly string[];
  /** How many worker processes. */
  readonly count: number;
  /** How many flows each runs at a time (`taskPoolSize`). */
  readonly places: number;
  /** How many messages each holds ahead of its places (`taskQueueSize`); 0: none, the shared queue alone holds them. */
  readonly prefetch: number;
  readonly queues: readonly string[];
  readonly name?: string;
  readonly windowMs?: number;
  /** How long a stop waits for the actions that run. */
  readonly drainMs: number;
  /** Where each answers for its health; nowhere where absent. */
  readonly healthPort?: number;
  readonly json: boolean;
}

/** `demo`. */
export interface DemoOptions {
  readonly scenario: 'failover';
  readonly json: boolean;
}

/** What `bin/` hands the command line. */
export interface Launchers {
  /** The version of Flowbeat. */
  readonly version: string;
  /** How this command line was started: the program, and the file that it runs; absolute. */
  readonly command: readonly string[];
  serve(options: ServeOptions): Promise<number>;
  worker(options: WorkerOptions): Promise<number>;
  demo(options: DemoOptions): Promise<number>;
}
