import { atomicCommit } from '#adapters/memory/atomic-commit';
import { MemoryDirectClaims } from '#adapters/memory/memory-direct-claims';
import { MemoryQueue } from '#adapters/memory/memory-queue';
import { MemoryRunRows } from '#adapters/memory/memory-run-rows';
import { MemoryStore } from '#adapters/memory/memory-store';
import { orderedCommit } from '#scheduler/ordered-commit';
import { archiving } from '#test/contract/archiving';
import { contract } from '#test/contract/contract';
import { ManualClock } from '#test/contract/manual-clock';
import { suite } from '#test/contract/subject';

for (const atomic of [true, false]) {
  contract(atomic ? 'memory, atomic' : 'memory, cut after any prefix', async () => {
    const clock = new ManualClock();
    const store = new MemoryStore();
    const queue = new MemoryQueue(clock);
    const directClaims = new MemoryDirectClaims(queue);
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

suite(
  'memory, archived',
  async () => {
    const clock = new ManualClock();
    const store = new MemoryStore();
    const queue = new MemoryQueue(clock);
    return {
      store,
      runRows: new MemoryRunRows(store),
      queue,
      commit: atomicCommit(store, queue),
      atomic: true,
      now: () => clock.now(),
      pass: async (ms) => clock.advance(ms),
      close: async () => {},
    };
  },
  {},
  { archiving },
);
