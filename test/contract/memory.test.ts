import { atomicCommit } from '#adapters/memory/atomic-commit';
import { MemoryDirectClaims } from '#adapters/memory/memory-direct-claims';
import { MemoryQueue } from '#adapters/memory/memory-queue';
import { MemoryStore } from '#adapters/memory/memory-store';
import { orderedCommit } from '#scheduler/ordered-commit';
import { contract } from '#test/contract/contract';
import { ManualClock } from '#test/contract/manual-clock';

for (const atomic of [true, false]) {
  contract(atomic ? 'memory, atomic' : 'memory, cut after any prefix', async () => {
    const clock = new ManualClock();
    const store = new MemoryStore();
    const queue = new MemoryQueue(clock);
    const directClaims = new MemoryDirectClaims(queue, store);
    return {
      store,
      queue,
      ...(atomic
        ? { commit: atomicCommit(store, queue, directClaims), directClaims }
        : { commit: orderedCommit(store, queue) }),
      atomic,
      now: () => clock.now(),
      pass: async (ms) => clock.advance(ms),
      close: async () => {},
    };
  });
}
