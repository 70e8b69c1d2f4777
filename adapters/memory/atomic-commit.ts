import { refuses } from '#adapters/memory/conditions';
import type { MemoryQueue } from '#adapters/memory/memory-queue';
import type { MemoryStore } from '#adapters/memory/memory-store';
import type { Message } from '#ports/message';
import type { Commit, Write } from '#ports/write';

/** A commit that shows no prefix: every fence is looked at before anything is written. */
export function atomicCommit(store: MemoryStore, queue: MemoryQueue): Commit {
  return async (writes: readonly Write[]) => {
    for (const [index, write] of writes.entries()) {
      if (
        write.kind === 'claim' ||
        write.kind === 'commit' ||
        write.kind === 'wake' ||
        write.kind === 'takeOver' ||
        write.kind === 'park'
      ) {
        const flow = store.flows.get(write.kind === 'commit' ? write.flow.id : write.flow);
        // A flow put by an earlier write of the same commit is not there yet: no use case claims what it puts.
        if (refuses(flow, write)) return { ok: false, refused: index, ...(flow && { found: flow }) };
      }
    }
    const sends: { message: Message; delayMs: number }[] = [];
    const existed = [];
    let found: { found?: NonNullable<ReturnType<MemoryStore['flows']['get']>> } = {};
    for (const write of writes) {
      if (write.kind === 'send') sends.push({ message: write.message, delayMs: write.delayMs });
      else {
        const result = store.applyNow(write);
        existed.push(...(result.existed ?? []));
        if (result.found) found = { found: result.found };
      }
    }
    await queue.send(sends);
    return { ok: true, ...found, ...(existed.length > 0 && { existed }) };
  };
}
