import { atomicCommit } from '#adapters/memory/atomic-commit';
import { MemoryQueue } from '#adapters/memory/memory-queue';
import { MemoryStore } from '#adapters/memory/memory-store';
import type { Surroundings } from '#ports/surroundings';
import { SILENT } from '#ports/telemetry';
import { createScheduler } from '#scheduler/create-operations';
import { ManualClock } from '#test/contract/manual-clock';

/** A scheduler in memory whose clock stands still, and whose ids are 1, 2, 3 … */
export function memoryScheduler(start?: string) {
  const clock = new ManualClock(start === undefined ? undefined : Date.parse(start));
  const store = new MemoryStore();
  const queue = new MemoryQueue(clock);
  let last = 0;
  const ids = { random: () => `id${++last}` };
  const parts: Surroundings = { store, queue, commit: atomicCommit(store, queue), clock, ids, telemetry: SILENT };
  return { ...createScheduler(parts), clock, store, queue };
}
