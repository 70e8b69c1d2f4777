import { refuses } from '#adapters/memory/conditions';
import type { DirectClaim, MemoryDirectClaims } from '#adapters/memory/memory-direct-claims';
import type { MemoryQueue } from '#adapters/memory/memory-queue';
import type { MemoryStore } from '#adapters/memory/memory-store';
import type { FlowRecord } from '#ports/flow-record';
import type { Message } from '#ports/message';
import type { Commit, Write } from '#ports/write';

/** A commit that shows no prefix: every fence is looked at before anything is written. With `direct`, flows are claimed as they are put. */
export function atomicCommit(store: MemoryStore, queue: MemoryQueue, direct?: MemoryDirectClaims): Commit {
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
    let sends: { message: Message; delayMs: number }[] = [];
    const claimed: DirectClaim[] = [];
    const existed = [];
    let found: { found?: NonNullable<ReturnType<MemoryStore['flows']['get']>> } = {};
    for (const write of writes) {
      if (write.kind === 'send') sends.push({ message: write.message, delayMs: write.delayMs });
      else {
        const put = write.kind === 'putFlow' ? write : undefined;
        const sent = put && sends.find(({ message, delayMs }) => delayMs === 0 && wakes(message, put.flow));
        const claim = sent && direct?.claim(put.flow, sent.message, claimed);
        const result = store.applyNow(claim ? { ...put, flow: claim.flow } : write);
        if (claim && !result.existed) {
          claimed.push(claim);
          sends = sends.filter((send) => send !== sent);
        }
        existed.push(...(result.existed ?? []));
        if (result.found) found = { found: result.found };
      }
    }
    await queue.send(sends);
    for (const { claimer, flow, message } of claimed)
      claimer.take(flow, queue.sendReceived(message, claimer.visibilityMs));
    return { ok: true, ...found, ...(existed.length > 0 && { existed }) };
  };
}

const wakes = (message: Message, { id, term }: FlowRecord): boolean =>
  message.kind === 'flow' && message.flow === id && message.term === term;
