/** Handlers for processes under test: what they did is written to a file, one line each, so that a test sees it across processes. */
import { appendFileSync, existsSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { defineActivities } from '#sdk/worker';

interface Input {
  /** Where it is written what was done. */
  readonly log: string;
  /** A file that is waited for before the action ends. */
  readonly gate?: string;
}

const write = (log: string, what: object) => appendFileSync(log, `${JSON.stringify({ pid: process.pid, ...what })}\n`);

function whenThere(gate: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (!existsSync(gate)) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(dirname(gate), look);
    signal.addEventListener('abort', () => {
      watcher.close();
      reject(signal.reason);
    });
    look();
  });
}

export default defineActivities({
  /** Begins, waits for the gate, ends. */
  async gated({ log, gate }: Input, { signal, idempotencyKey }) {
    write(log, { did: 'begin', key: idempotencyKey });
    signal.addEventListener('abort', () => write(log, { did: 'abort', key: idempotencyKey }));
    if (gate !== undefined) await whenThere(gate, signal);
    write(log, { did: 'end', key: idempotencyKey });
    return { pid: process.pid };
  },
  /** Saves a checkpoint, then waits for the gate. */
  async saving({ log, gate }: Input, { signal, checkpoint, checkpointed }) {
    const found = (await checkpointed<number>()) ?? 0;
    await checkpoint(found + 1);
    write(log, { did: 'saved', found });
    if (gate !== undefined) await whenThere(gate, signal);
    return { found };
  },
  /** Leaves a rejected promise behind. */
  async strayRejection() {
    void Promise.reject(new Error('left behind'));
    await new Promise((resolve) => setTimeout(resolve, 10));
    return { did: 'end' };
  },
  /** Ends its own process. */
  strayExit() {
    process.exit(3);
  },
  /** Throws where nobody can catch it, while it still runs. */
  async strayError(_: Input, { signal }) {
    setTimeout(() => {
      throw new Error('thrown too late');
    }, 10);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  },
});
