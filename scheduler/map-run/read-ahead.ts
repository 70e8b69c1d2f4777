import type { MapChild, MapPlan } from '#engine/decide';
import type { FlowRecord } from '#ports/flow-record';
import type { Surroundings } from '#ports/surroundings';
import { childrenAgain } from '#scheduler/map-run/children';

/** Children that are read with one that is asked for: those that follow it are asked for soon. Batches are large, and read one by one. */
const AHEAD = 32;
/** Children that are kept; the oldest go first. */
const KEPT = 512;

const NEVER = new AbortController().signal;

/**
 * Children of distributed Maps that were read and not made yet. Each child that ends has the next one made; to open the source for every one of them, and read so many more bytes than
 * are wanted, would cost more than the child.
 */
export class ReadAhead {
  readonly #s: Surroundings;
  readonly #kept = new Map<string, MapChild>();

  constructor(s: Surroundings) {
    this.#s = s;
  }

  /** A child of the round that a flow stands at. */
  async child(parent: FlowRecord, seq: number, index: number, plan: MapPlan): Promise<MapChild> {
    const nameOf = (child: number) => `${parent.id}/${seq}.${child}`;
    const known = this.#kept.get(nameOf(index));
    // Asked for once more only where something went wrong: then it is read again.
    this.#kept.delete(nameOf(index));
    if (known) return known;
    const { branches = 0 } = parent.position;
    const count = plan.batch ? 1 : Math.min(AHEAD, branches - index);
    const which = { first: index, count };
    let wanted: MapChild = { input: null };
    let at = index;
    for await (const child of childrenAgain(this.#s, plan, parent.position, which, NEVER)) {
      if (at === index) wanted = child;
      // What cannot be read now may be read by whoever asks for it.
      else if (!child.refused) this.#kept.set(nameOf(at), child);
      at++;
    }
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(oldest);
    }
    return wanted;
  }
}
