/** A state file with worker processes on it, as `flowbeat worker` starts them, and operations of this process that start runs. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SYSTEM_CLOCK } from '#adapters/system/clock';
import { SYSTEM_IDS } from '#adapters/system/ids';
import { type FlowRecord, isTerminal } from '#ports/flow-record';
import { type RunId, rootFlow } from '#ports/ids';
import { SILENT } from '#ports/telemetry';
import { createOperations, createScheduler } from '#scheduler/create-operations';
import type { Operations } from '#scheduler/operations';
import type { WorkerConfig } from '#workers/env';
import { openStore } from '#workers/open-store';
import { spawnWorker } from '#workers/spawn-worker';

const HANDLERS = fileURLToPath(new URL('handlers.ts', import.meta.url));
const LOOK_MS = 1;

/** A worker process that is ready to claim. */
export interface WorkerProcess {
  readonly incarnation: string;
  /** SIGKILL; resolves to the moment of the signal when the process is gone. */
  kill(): Promise<number>;
  /** Drains. */
  stop(): Promise<void>;
}

/** Starts a worker process with the handlers of the bench; resolves when it may claim. It is one of `children` until it has ended. */
export async function startProcess(
  config: Partial<WorkerConfig> & Pick<WorkerConfig, 'store' | 'queues'>,
  children: Set<ChildProcess>,
): Promise<WorkerProcess> {
  const child = spawnWorker(
    { handlers: [HANDLERS], places: 1, drainMs: 1_000, proof: true, json: true, ...config },
    'pipe',
  );
  children.add(child);
  const gone = once(child, 'exit').finally(() => children.delete(child));
  child.stderr?.on('data', (chunk) => process.stderr.write(chunk));
  for await (const line of createInterface({ input: child.stdout! })) {
    const said = JSON.parse(line) as { readonly event: string; readonly incarnation?: string };
    if (said.event === 'ready') return processOf(child, gone, said.incarnation ?? '');
  }
  throw new Error(`a worker ended before it was ready: ${child.exitCode}`);
}

function processOf(child: ChildProcess, gone: Promise<unknown>, incarnation: string): WorkerProcess {
  child.stdout?.resume();
  const signal = (name: NodeJS.Signals) => {
    const at = performance.now();
    child.kill(name);
    return gone.then(() => at);
  };
  return {
    incarnation,
    kill: () => signal('SIGKILL'),
    stop: async () => void (await signal('SIGTERM')),
  };
}

/** What a measurement with worker processes works on. */
export class Cluster {
  readonly operations: Operations;
  readonly #file: string;
  readonly #store: Awaited<ReturnType<typeof openStore>>;
  readonly #children = new Set<ChildProcess>();

  private constructor(file: string, store: Awaited<ReturnType<typeof openStore>>) {
    this.#file = file;
    this.#store = store;
    this.operations = createOperations(
      createScheduler({ ...store, clock: SYSTEM_CLOCK, ids: SYSTEM_IDS, telemetry: SILENT }),
    );
  }

  /** Over a new or an old file. */
  static async over(file: string): Promise<Cluster> {
    return new Cluster(file, await openStore({ kind: 'sqlite', file }, SYSTEM_CLOCK));
  }

  /** Starts a worker process; resolves when it may claim. */
  worker(config: Partial<WorkerConfig>): Promise<WorkerProcess> {
    return startProcess({ store: { kind: 'sqlite', file: this.#file }, queues: [], ...config }, this.#children);
  }

  /** Resolves with a run's root flow and the moment, once it is as wanted. */
  async until(run: RunId, wanted: (flow: FlowRecord) => boolean): Promise<{ readonly flow: FlowRecord; at: number }> {
    for (;;) {
      const flow = await this.#store.store.readFlow(rootFlow(run));
      if (flow && wanted(flow)) return { flow, at: performance.now() };
      await pause(LOOK_MS);
    }
  }

  /** Whether the handler of the run's first action has saved its checkpoint: it runs. */
  async begun(run: RunId): Promise<boolean> {
    return (await this.#store.store.readCheckpoint(rootFlow(run), 1)) !== undefined;
  }

  /** Resolves when the run has ended. */
  async ended(run: RunId): Promise<FlowRecord> {
    return (await this.until(run, ({ status }) => isTerminal(status))).flow;
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    await this.#store.close();
  }
}
