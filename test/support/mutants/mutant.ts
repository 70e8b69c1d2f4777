import type { Store } from '#ports/store';
import type { StoreWrite, Write } from '#ports/write';
import type { FeatureName } from '#test/sim/features/all';
import type { Mutate, Wrap } from '#test/sim/ports-of';

/** A rule of the protocol switched off, from outside: the production code knows nothing of it. */
export interface Mutant {
  /** The letter of PROTOCOL-CHECKS.md, the invariant, or the write. */
  readonly rule: string;
  /** What is switched off. */
  readonly name: string;
  /** What the seeds that catch it have, none if absent: so that a feature that is added shifts no seed that a mutant relies on. */
  readonly features?: readonly FeatureName[];
  readonly mutate: Mutate;
}

/** A store with one method done otherwise. */
export function withMethods(store: Store, methods: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, name: keyof Store) {
      const method = methods[name] ?? target[name];
      // Bound: a checked store keeps what it knows in private fields, which a proxy does not have.
      return typeof method === 'function' ? method.bind(target) : method;
    },
  });
}

/** What a mutant knows of the truth. */
export type Truth = Parameters<Mutate>[0];

/** A wrap that has some calls to the store done otherwise. */
export const calls =
  (methods: (store: Store, truth: Truth) => Partial<Store>): Mutate =>
  (truth) => ({ store: (store) => withMethods(store, methods(store, truth)) });

/** A wrap of what is done as a write is applied, at the store. */
export const applied =
  (methods: (store: Store, truth: Truth) => Partial<Store>): Mutate =>
  (truth) => ({ server: (store) => withMethods(store, methods(store, truth)) });

/** A wrap that does something to the truth before a write of one kind is applied. */
export const before = <K extends StoreWrite['kind']>(
  kind: K,
  change: (store: Truth['store'], write: Extract<StoreWrite, { kind: K }>) => void,
): Mutate =>
  applied((store, truth) => ({
    apply: (write) => {
      if (write.kind === kind) change(truth.store, write as Extract<StoreWrite, { kind: K }>);
      return store.apply(write);
    },
  }));

/** A wrap that changes each write to the store on its way there. */
export const eachWrite =
  (change: (write: StoreWrite) => StoreWrite): Mutate =>
  () => ({ store: (store) => withMethods(store, { apply: (write) => store.apply(change(write)) }) });

/** A wrap that strips members of the condition of one kind of write. */
export const without = (kind: StoreWrite['kind'], ...members: readonly string[]): Mutate =>
  eachWrite((write) => {
    if (write.kind !== kind || !('if' in write)) return write;
    return {
      ...write,
      if: Object.fromEntries(Object.entries(write.if).filter(([name]) => !members.includes(name))),
    } as StoreWrite;
  });

/** A wrap that gives the writes of a commit another order (or leaves some out). */
export const reordered =
  (order: (writes: readonly Write[]) => readonly Write[]): Mutate =>
  (): Wrap => ({ commit: (commit) => (writes) => commit(order(writes)) });

/** All writes of one kind go last. */
export const last = (
  kinds: readonly Write['kind'][],
  when: (writes: readonly Write[]) => boolean = () => true,
): Mutate =>
  reordered((writes) =>
    when(writes)
      ? [...writes.filter((w) => !kinds.includes(w.kind)), ...writes.filter((w) => kinds.includes(w.kind))]
      : writes,
  );

/** Whether a commit has a write of a kind. */
export const has = (kind: Write['kind']) => (writes: readonly Write[]) => writes.some((write) => write.kind === kind);

/** Whether a write is the message, or the due row, that ends a run's time. */
export const endsTime = (write: Write): boolean =>
  (write.kind === 'send' && write.message.kind === 'deadline') ||
  (write.kind === 'putDue' && write.row.message.kind === 'deadline');
