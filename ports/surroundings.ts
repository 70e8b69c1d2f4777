import type { Bounds } from '#engine/jsonata/meter';
import type { Archive, RunRows } from '#ports/archive';
import type { Clock } from '#ports/clock';
import type { DirectClaims } from '#ports/direct-claim';
import type { Ids } from '#ports/ids';
import type { Integrations } from '#ports/integrations';
import type { ItemStore } from '#ports/item-store';
import type { Queue } from '#ports/message';
import type { RunEvents } from '#ports/run-events';
import type { Store } from '#ports/store';
import type { Telemetry } from '#ports/telemetry';
import type { Commit } from '#ports/write';

/** Everything that the scheduler needs of the world, put together at the composition root. */
export interface Surroundings {
  readonly store: Store;
  readonly queue: Queue;
  readonly commit: Commit;
  /** Where the store offers it. */
  readonly directClaims?: DirectClaims;
  /** The rows of runs, where the store can be relieved of them. */
  readonly runRows?: RunRows;
  /** Where archived runs are, if this process was told. */
  readonly archive?: Archive;
  /** Told of the ends of runs; nobody is where absent. */
  readonly runEvents?: RunEvents;
  /** The services of AWS, to stop and to look after what Tasks wait for there; absent where this process calls none. */
  readonly services?: Integrations;
  /** What the expressions of charts that are stored by this process may take at most; the default bounds where absent. */
  readonly bounds?: Bounds;
  /** Where distributed Maps read their items and write their results, if this process was told. */
  readonly items?: ItemStore;
  /** The most children of one round of a distributed Map, where it is to be fewer than the engine would have. */
  readonly mapRound?: number;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly telemetry: Telemetry;
}
