import type { Write } from '#ports/write';
import { has, last, type Mutant, reordered } from '#test/support/mutants/mutant';

const fenced =
  (...kinds: readonly Write['kind'][]) =>
  (writes: readonly Write[]) =>
    kinds.some((kind) => has(kind)(writes));

/** One mutant for each ordering rule: what must go first goes last, or is left out. */
export const ORDER: readonly Mutant[] = [
  {
    rule: 'order',
    name: 'start: message after the put',
    mutate: last(['send'], (w) => has('putFlow')(w) && !has('putJoin')(w)),
  },
  { rule: 'order', name: 'release: message after the commit', mutate: last(['send'], fenced('commit')) },
  { rule: 'order', name: 'wake: message after the status', mutate: last(['send'], fenced('wake')) },
  { rule: 'order', name: 'take-over: message after the status', mutate: last(['send'], fenced('takeOver')) },
  { rule: 'order', name: 'long wait: due row after the commit', mutate: last(['putDue'], fenced('commit')) },
  { rule: 'order', name: 'tick: due row dropped before its message is sent', mutate: reordered(dropFirst) },
  { rule: 'order', name: 'split: children before their messages', mutate: last(['send'], has('putJoin')) },
  { rule: 'order', name: 'split: join rows after the children', mutate: last(['putJoin'], has('putJoin')) },
  { rule: 'order', name: 'split: release before the children', mutate: releaseFirst },
  { rule: 'M', name: 'cancel: row before its message', mutate: last(['send'], has('putControl')) },
  { rule: 'order', name: 'leaving a split: subtree message after the commit', mutate: subtreeLast() },
];

function dropFirst(writes: readonly Write[]): readonly Write[] {
  if (!has('dropDue')(writes)) return writes;
  return [...writes].reverse();
}

/** Keeps the writes of a split back until the release that should follow them is done. */
function releaseFirst(): ReturnType<Mutant['mutate']> {
  return {
    commit: (commit) => {
      const kept = new Map<string, readonly Write[]>();
      return async (writes) => {
        const row = writes.find((write) => write.kind === 'putJoin');
        if (row?.kind === 'putJoin') {
          kept.set(row.row.flow, writes);
          return { ok: true };
        }
        const result = await commit(writes);
        const release = writes.at(-1);
        if (release?.kind === 'commit' && release.flow.waits?.for === 'children') {
          const children = kept.get(release.flow.id);
          kept.delete(release.flow.id);
          if (children) await commit(children);
        }
        return result;
      };
    },
  };
}

function subtreeLast(): Mutant['mutate'] {
  const isSubtree = (write: Write) => write.kind === 'send' && write.message.kind === 'subtree';
  return reordered((writes) => [...writes.filter((w) => !isSubtree(w)), ...writes.filter(isSubtree)]);
}
