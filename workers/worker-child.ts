import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { WorkerConfig } from '#workers/env';
import { spawnWorker } from '#workers/spawn-worker';

/** A line that a worker process has said: an event's name and its fields. */
export type Said = { readonly event: string } & Readonly<Record<string, unknown>>;

/** A worker process whose lines are read: for those who start workers to watch what becomes of them. */
export class WorkerChild {
  readonly process: ChildProcess;
  /** The incarnation, once it may claim. Rejects where it ends before, with what it said of that. */
  readonly ready: Promise<string>;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly #config: WorkerConfig;

  constructor(config: Omit<WorkerConfig, 'json'>, onSaid: (said: Said) => void = () => {}) {
    this.#config = { ...config, json: true };
    const child = spawnWorker(this.#config, 'pipe');
    this.process = child;
    let complaint = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => resolve(signal ?? code ?? 1));
    });
    this.ready = new Promise((resolve, reject) => {
      createInterface({ input: child.stdout! }).on('line', (line) => {
        const said = JSON.parse(line) as Said;
        if (said.event === 'ready') resolve(String(said.incarnation));
        onSaid(said);
      });
      child.once('error', reject);
      void this.ended.then((how) => reject(new Error(`The worker process ended (${how}). ${complaint}`)));
    });
    // Who kills it on purpose does not ask whether it was ready.
    this.ready.catch(() => {});
  }

  /** The name that all its incarnations have. */
  get name(): string {
    return this.#config.name ?? '';
  }

  get pid(): number {
    return this.process.pid ?? -1;
  }

  /** Sends a signal; resolves when the process has ended. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | NodeJS.Signals> {
    this.process.kill(signal);
    return this.ended;
  }
}
