/** The program of a worker process: its configuration is in one environment variable, its supervisor at the other end of the IPC channel. */
import { FlowbeatError } from '#ports/errors';
import { announceTo } from '#workers/announce';
import { WORKER_CONFIG, workerConfig } from '#workers/env';
import { runWorker } from '#workers/run-worker';
import { exitSoon } from '#workers/stop-signals';

/** What cannot be used stays so however often the supervisor starts it again. */
const UNUSABLE = 2;

const parentGone = new AbortController();
const onDisconnect = () => parentGone.abort();
process.once('disconnect', onDisconnect);

/** Lets go of the supervisor: an open channel keeps a process alive. */
function leave(code: number): void {
  process.off('disconnect', onDisconnect);
  if (process.connected) process.disconnect();
  exitSoon(code);
}

try {
  const config = workerConfig.parse(JSON.parse(process.env[WORKER_CONFIG] ?? '{}'));
  // Handlers and the commands that they start need not know how this process was started.
  delete process.env[WORKER_CONFIG];
  leave(await runWorker(config, announceTo(config.json), parentGone.signal));
} catch (error) {
  const rejected = error instanceof FlowbeatError && error.kind === 'rejected';
  process.stderr.write(`${rejected ? error.message : ((error as Error).stack ?? String(error))}\n`);
  leave(rejected ? UNUSABLE : 1);
}
