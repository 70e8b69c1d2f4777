import type { EpochMs } from '#engine/time';
import type { FlowId, RunId } from '#ports/ids';

/**
 * The queue of what steers runs, which every worker serves beside its own queues and its places: a cancel must not wait for a worker of the run's queue, of
 * which there may be none, nor for a free place. No chart can name it: queues' names begin with a letter or digit.
 */
export const CONTROL_QUEUE = '_control';

/** The queue of the sweeper's own wakes, where a function sweeps: no worker serves it. */
export const SWEEP_QUEUE = '_sweep';

/** The queue of flows that need no handler, where an installation has functions to advance them: no worker receives from it. No chart can name it either. */
export const ADVANCE_QUEUE = '_advance';

/** A message only wakes; the store decides. */
export type Message =
  /** The flow can be claimed at `term`, or soon can: a message is sent before the commit that makes it true. */
  | {
      readonly kind: 'flow';
      readonly queue: string;
      readonly flow: FlowId;
      readonly term: number;
      readonly needs: string;
      readonly due?: EpochMs;
    }
  /** The control row of a root flow is to be carried out: comes back until every flow below it has ended. */
  | { readonly kind: 'control'; readonly queue: string; readonly run: RunId; readonly root: FlowId }
  /** The children of a split that its parent left are to be cancelled. */
  | {
      readonly kind: 'subtree';
      readonly queue: string;
      readonly flow: FlowId;
      readonly seq: number;
      readonly branches: number;
    }
  /** The run's time may be up. */
  | { readonly kind: 'deadline'; readonly queue: string; readonly root: FlowId; readonly due: EpochMs }
  /** A slot of a trigger comes: its run is to be started then. `version`: the chart's when this was sent. */
  | {
      readonly kind: 'slot';
      readonly queue: string;
      readonly chart: string;
      readonly version: number;
      readonly slot: EpochMs;
    }
  /** The sweeper is to look again. `wake`: the number of this link of its chain; absent: the chain begins anew. */
  | { readonly kind: 'sweep'; readonly queue: string; readonly wake?: number };

/** A message in the hands of a receiver: invisible to others until its visibility ends. */
export interface Received {
  readonly message: Message;
  /** Names this delivery. */
  readonly receipt: string;
  /** How often it was delivered, this time included; grows the delay of one that came too early. */
  readonly receives: number;
}

/** What a receiver asks of the queue. */
export interface ReceiveOptions {
  readonly queues: readonly string[];
  /** At most so many messages. May be a getter: a receiver that waits may want fewer by the time that there are some; who wants none gets none at once. */
  readonly max: number;
  /** Milliseconds to wait for a first one. */
  readonly waitMs: number;
  /** Milliseconds for which what is received stays invisible to others. */
  readonly visibilityMs: number;
  /** The activities that the receiver can run. An adapter may use it to pass over flow messages that need others; it need not. */
  readonly needs?: ReadonlySet<string>;
  readonly signal?: AbortSignal;
}

/**
 * The shared task queue: at least once, in any order, with delays. Outside this port: dead-letter queues (poison is counted in the
 * flow), priorities, and any promise of order.
 */
export interface Queue {
  /** The longest delay that `send` takes, in milliseconds (SQS: 900,000). Longer waits are due rows. */
  readonly maxDelayMs: number;
  /** Sends messages, all with their own delay. Used only by the ordered commit. */
  send(messages: readonly { readonly message: Message; readonly delayMs: number }[]): Promise<void>;
  receive(options: ReceiveOptions): Promise<readonly Received[]>;
  /** Deletes a message. Only on stable facts (DESIGN.md §4, rule 3). */
  done(received: Received): Promise<void>;
  /** Lets a message come back after `delayMs`. */
  later(received: Received, delayMs: number): Promise<void>;
}
