import type { ChildProcess } from 'node:child_process';
import { hostname } from 'node:os';
import type { Announce } from '#workers/announce';
import type { WorkerConfig } from '#workers/env';
import { spawnWorker } from '#workers/spawn-worker';
import { onStopSignals } from '#workers/stop-signals';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** A worker that lived so long and then died is started again at once. */
const STEADY_MS = 30_000;
const UNUSABLE = 2;

/**
 * Runs `count` worker processes and starts those that die again, with growing pauses; what they held is taken over by the others meanwhile. A signal is
 * passed on: the first drains, the second aborts. Resolves to the exit code when all have ended.
 */
export function supervise(config: WorkerConfig, count: number, announce: Announce): Promise<number> {
  return new Promise((resolve) => {
    const children = new Set<ChildProcess>();
    const name = config.name ?? `${hostname()}-${process.pid}`;
    let stopping = false;
    let worst = 0;
    let left = count;

    const end = (code: number) => {
      worst = Math.max(worst, code);
      if (--left === 0) {
        signals.release();
        resolve(worst);
      }
    };
    const stopAll = (signal: NodeJS.Signals) => {
      stopping = true;
      for (const child of children) child.kill(signal);
    };
    const run = (index: number, pause: number) => {
      const born = performance.now();
      const child = spawnWorker({ ...config, name: `${name}-${index}` }, 'inherit');
      children.add(child);
      child.once('error', () => {});
      child.once('close', (code, signal) => {
        children.delete(child);
        // One that has drained by itself was told to, by a signal of its own or because its host will be taken away.
        if (stopping || code === 0) return end(code ?? 1);
        if (code === UNUSABLE) {
          stopAll('SIGTERM');
          return end(UNUSABLE);
        }
        const how = signal ?? `exit code ${code}`;
        announce('workerDied', `Worker process ${child.pid} ended (${how}); it is started again.`, {
          pid: child.pid,
          how,
        });
        const next = performance.now() - born > STEADY_MS ? FIRST_PAUSE_MS : pause;
        setTimeout(() => (stopping ? end(0) : run(index, Math.min(next * 2, LONGEST_PAUSE_MS))), next);
      });
    };
    const signals = onStopSignals(
      () => stopAll('SIGTERM'),
      () => stopAll('SIGTERM'),
    );
    for (let index = 1; index <= count; index++) run(index, FIRST_PAUSE_MS);
  });
}
