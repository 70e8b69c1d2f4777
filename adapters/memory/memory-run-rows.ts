import type { MemoryStore } from '#adapters/memory/memory-store';
import type { RunRows } from '#ports/archive';
import type { FlowRecord } from '#ports/flow-record';
import { type FlowId, parentOf } from '#ports/ids';

/** The rows of runs in a store in memory, for the archive. Each call is atomic. */
export class MemoryRunRows implements RunRows {
  readonly #store: MemoryStore;
  readonly #reserved = new Map<FlowId, number>();

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  async standsAlone(flow: FlowId): Promise<boolean> {
    const { facts, controls } = this.#store;
    return !facts.has(flow) && !controls.has(flow) && this.#beside(flow).length === 0;
  }

  async leave(first: FlowId, redrives: number): Promise<void> {
    if (this.#may(first, redrives)) this.#store.left.add(first);
  }

  async reserve(first: FlowId, redrive: number): Promise<boolean> {
    if (this.#store.flows.get(first)?.archived) return false;
    this.#reserved.set(first, redrive);
    this.#store.left.delete(first);
    return true;
  }

  async note(first: FlowId, key: string, redrives: number): Promise<boolean> {
    const { flows } = this.#store;
    if (this.#may(first, redrives)) {
      flows.set(first, { ...stripped(flows.get(first)!), archived: { key, cleared: false } });
      this.#store.facts.delete(first);
    }
    return flows.get(first)?.archived?.key === key;
  }

  async clear(flow: FlowId): Promise<void> {
    const { flows, facts, controls } = this.#store;
    const there = flows.get(flow);
    if (parentOf(flow)) flows.delete(flow);
    else if (there) flows.set(flow, stripped(there));
    facts.delete(flow);
    controls.delete(flow);
    for (const [rows, key] of this.#beside(flow)) rows.delete(key);
  }

  async cleared(first: FlowId): Promise<void> {
    const { flows } = this.#store;
    const there = flows.get(first);
    if (there?.archived) flows.set(first, { ...there, archived: { ...there.archived, cleared: true } });
  }

  #may(first: FlowId, redrives: number): boolean {
    const there = this.#store.flows.get(first);
    const asked = Math.max(there?.redrives ?? 0, this.#reserved.get(first) ?? 0);
    return there !== undefined && !there.archived && asked <= redrives && !this.#store.left.has(first);
  }

  #beside(flow: FlowId): (readonly [Map<string, unknown>, string])[] {
    const { callbacks, callbackBeats, checkpoints } = this.#store;
    return [callbacks, callbackBeats, checkpoints].flatMap((rows) =>
      [...rows.keys()].filter((key) => key.startsWith(`${flow}#`)).map((key) => [rows, key] as const),
    );
  }
}

/** A root's row without its values. */
function stripped({ outcome: _outcome, position, ...rest }: FlowRecord): FlowRecord {
  const { item: _item, ...stands } = position;
  return { ...rest, position: { ...stands, input: null, vars: {} } };
}
