import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { WORKER_CONFIG, type WorkerConfig } from '#workers/env';

/**
 * Starts a worker process. It drains when it gets SIGTERM, and when whoever started it is gone. `output`: where its lines go, `pipe` to read them.
 */
export function spawnWorker(config: WorkerConfig, output: 'inherit' | 'pipe'): ChildProcess {
  // By its name, because the file has another extension in the package.
  const program = fileURLToPath(import.meta.resolve('#workers/worker-process'));
  return spawn(process.execPath, [program], {
    stdio: ['ignore', output, output === 'pipe' ? 'pipe' : 'inherit', 'ipc'],
    env: { ...process.env, [WORKER_CONFIG]: JSON.stringify(config) },
  });
}
