import { type Embedded, type EmbeddedOptions, type InProcessOptions, startEmbedded } from '#embedded/start-embedded';
import type { Json } from '#engine/json';
import type { RunId } from '#ports/ids';
import type { RunDetail } from '#scheduler/operations';
import { TemporaryFolder } from '#test/support/temporary-folder';

/** One thing that the scheduler told of itself. */
export interface Told {
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A server over a file of its own, for one test; tests wait on what it tells. */
export class TestServer implements AsyncDisposable {
  readonly told: Told[] = [];
  readonly server: Embedded;
  readonly folder: TemporaryFolder | undefined;
  readonly file: string;
  readonly #waiting = new Set<() => void>();
  #stopped = false;

  private constructor(server: Embedded, file: string, folder: TemporaryFolder | undefined, told: Told[]) {
    this.server = server;
    this.file = file;
    this.folder = folder;
    this.told = told;
  }

  static async start(
    options: Partial<EmbeddedOptions> & { readonly worker?: InProcessOptions } = {},
  ): Promise<TestServer> {
    const { worker, ...rest } = options;
    const folder = rest.file === undefined ? new TemporaryFolder() : undefined;
    const file = rest.file ?? folder!.file('state.db');
    const told: Told[] = [];
    let one: TestServer | undefined;
    const telemetry = {
      event(name: string, fields: Told['fields']) {
        told.push({ name, fields });
        if (one) for (const wake of one.#waiting) wake();
      },
    };
    const server = await startEmbedded({ api: false, telemetry, ...rest, file });
    one = new TestServer(server, file, folder, told);
    if (worker) await server.startWorker(worker);
    return one;
  }

  /** The next event, or an earlier one, for which `is` holds. */
  async event(is: (told: Told) => boolean): Promise<Told> {
    for (;;) {
      const found = this.told.find(is);
      if (found) return found;
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }

  /** Stores a chart of these states and starts a run of it. */
  async run(name: string, machine: object, input: Json = {}, envelope: object = {}): Promise<RunId> {
    await this.server.operations.putChart(JSON.stringify({ name, ...envelope, definition: machine }));
    return (await this.server.operations.startRun({ chart: name, input })).run;
  }

  /** The run when it has ended. Its worker may be in another process, so the store is looked at. */
  async ended(run: RunId): Promise<RunDetail> {
    return this.until(run, ({ endedAt }) => endedAt !== undefined);
  }

  /** The run when `is` holds of it. */
  async until(run: RunId, is: (detail: RunDetail) => boolean): Promise<RunDetail> {
    for (;;) {
      const detail = await this.server.operations.showRun(run);
      if (is(detail)) return detail;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** The types of a run's events. */
  async history(run: RunId) {
    return (await this.server.operations.history(run, { limit: 1000 })).events;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.server.stop(2_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#stopped) await this.server.stop(0);
    if (this.folder) this.folder[Symbol.dispose]();
  }
}

/** A machine of one Task. */
export const oneTask = (activity: string, more: object = {}) => ({
  StartAt: 'Do',
  States: { Do: { Type: 'Task', Resource: `activity:${activity}`, End: true, ...more } },
});
