import type { MapChild, MapPlan } from '#engine/decide';
import type { FlowRecord } from '#ports/flow-record';
import type { Surroundings } from '#ports/surroundings';
import { childrenAgain } from '#scheduler/map-run/children';

/** Children that are read with one that is asked for: those that follow it are asked for soon. Batches are large, and read one by one. */
const AHEAD = 32;
/** Characters of the inputs that are read ahead at a time, and of those that are kept; the oldest go first. */
const AHEAD_LENGTH = 256 * 1024;
const KEPT_LENGTH = 4 * 1024 * 1024;

const NEVER = new AbortController().signal;

interface Kept {
  readonly child: MapChild;
  readonly length: number;
}

/**
 * Children of distributed Maps that were read and not made yet. Each child that ends has the next one made; to open the source for every one of them, and read so many more bytes than
 * are wanted, would cost more than the child.
 */
export class ReadAhead {
  readonly #s: Surroundings;
  readonly #kept = new Map<string, Kept>();
  #length = 0;

  constructor(s: Surroundings) {
    this.#s = s;
  }

  /** A child of the round that a flow stands at. */
  async child(parent: FlowRecord, seq: number, index: number, plan: MapPlan): Promise<MapChild> {
    const nameOf = (child: number) => `${parent.id}/${seq}.${child}`;
    const known = this.#take(nameOf(index));
    // Asked for once more only where something went wrong: then it is read again.
    if (known) return known;
    const { branches = 0 } = parent.position;
    const count = plan.batch ? 1 : Math.min(AHEAD, branches - index);
    const which = { first: index, count };
    let wanted: MapChild = { input: null };
    let at = index;
    let length = 0;
    for await (const child of childrenAgain(this.#s, plan, parent.position, which, NEVER)) {
      if (at === index) wanted = child;
      // What cannot be read now may be read by whoever asks for it.
      else if (!child.refused) length += this.#keep(nameOf(at), child);
      at++;
      if (length > AHEAD_LENGTH) break;
    }
    return wanted;
  }

  #take(name: string): MapChild | undefined {
    const kept = this.#kept.get(name);
    if (!kept) return undefined;
    this.#kept.delete(name);
    this.#length -= kept.length;
    return kept.child;
  }

  #keep(name: string, child: MapChild): number {
    const { length } = JSON.stringify(child);
    this.#take(name);
    this.#kept.set(name, { child, length });
    this.#length += length;
    for (const oldest of this.#kept.keys()) {
      if (this.#length <= KEPT_LENGTH) break;
      this.#take(oldest);
    }
    return length;
  }
}
