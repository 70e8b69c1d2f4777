import { existsSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TestServer } from '#test/embedded/server';
import { TemporaryFolder } from '#test/support/temporary-folder';
import { WorkerChild } from '#workers/worker-child';

/** The handlers of processes under test. */
export const handlers = fileURLToPath(new URL('handlers.ts', import.meta.url));

/** What a handler has written. */
export interface Deed {
  readonly pid: number;
  readonly did: string;
  readonly key?: string;
  readonly found?: number;
}

/** A state file, a server without a worker that looks at it, worker processes, and what their handlers do. All of it is gone afterwards. */
export class Scene implements AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly log: string;
  readonly gate: string;
  readonly workers: WorkerChild[] = [];
  readonly t: TestServer;

  private constructor(t: TestServer, folder: TemporaryFolder) {
    this.t = t;
    this.folder = folder;
    this.log = folder.file('log');
    this.gate = folder.file('gate');
    writeFileSync(this.log, '');
  }

  static async open(): Promise<Scene> {
    const folder = new TemporaryFolder();
    return new Scene(await TestServer.start({ file: folder.file('state.db') }), folder);
  }

  /** Starts worker processes; resolves when they may claim. */
  async start(names: readonly string[], windowMs: number, proof = true): Promise<WorkerChild[]> {
    const started = names.map(
      (name) =>
        new WorkerChild({
          store: { kind: 'sqlite', file: this.t.file },
          name,
          handlers: [handlers],
          queues: [],
          places: 4,
          windowMs,
          drainMs: 5_000,
          proof,
        }),
    );
    this.workers.push(...started);
    await Promise.all(started.map(({ ready }) => ready));
    return started;
  }

  deeds(): Deed[] {
    const lines = readFileSync(this.log, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Deed);
  }

  /** Waits until a handler has written what `is` holds of. */
  deed(is: (deed: Deed) => boolean): Promise<Deed> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.deeds().find(is);
        if (!found) return;
        watcher.close();
        resolve(found);
      };
      const watcher = watch(this.log, look);
      look();
    });
  }

  openGate(): void {
    if (!existsSync(this.gate)) writeFileSync(this.gate, '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.kill('SIGKILL')));
    await this.t[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}
