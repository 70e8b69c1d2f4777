import { loadHandlers } from '#actions/handlers/load-handlers';
import { tellMissingHandlers } from '#embedded/missing-handlers';
import type { ServeOptions } from '#embedded/options';
import { putChartFile } from '#embedded/put-chart-file';
import { type Embedded, startEmbedded } from '#embedded/start-embedded';
import { type Announce, announceTo, announcingTelemetry } from '#workers/announce';
import { exitSoon, onStopSignals } from '#workers/stop-signals';
import { onStrayErrors, onStrayExit } from '#workers/stray-errors';

/** How long a stop waits for actions that run. In `dev` whoever pressed Ctrl-C waits too. */
const DRAIN_MS = { serve: 30_000, dev: 3_000 } as const;
const ABORTED = 130;

/** Serves until a signal stops it; resolves to the exit code. Rejects with a `FlowbeatError` where it cannot begin; nothing is left open then. */
export async function serve(options: ServeOptions): Promise<number> {
  const { mode, host, port, file, version } = options;
  const announce = announceTo(options.json);
  onStrayErrors(announce);
  const server = await startEmbedded({
    ...{ file, host, port, version, telemetry: announcingTelemetry(announce) },
    ...(options.bounds && { bounds: options.bounds }),
  });
  const begun = Promise.withResolvers<void>();
  const stopped = untilStopped(server, announce, DRAIN_MS[mode], begun.promise);
  try {
    if (mode === 'dev') {
      // Before anything is loaded: what changes from then on is seen.
      const { reloadOnChange } = await import('#embedded/reload');
      reloadOnChange(server, options, announce);
    }
    await begin(server, options, announce);
    begun.resolve();
  } catch (error) {
    await server.abort();
    throw error;
  }
  const exit = onStrayExit(announce);
  const code = await stopped;
  exit.release();
  exitSoon(code);
  return code;
}

async function begin(server: Embedded, options: ServeOptions, announce: Announce): Promise<void> {
  const { handlers, charts, worker, places, queues, windowMs, version, file } = options;
  // Told once nothing can be refused any more.
  const join = `flowbeat worker --file ${/\s/.test(file) ? JSON.stringify(file) : file}`;
  const listening = () =>
    announce('listening', `Flowbeat ${version} serves ${server.url} (state file: ${file}). Workers join by: ${join}`, {
      url: server.url,
      file,
      join,
    });
  const loaded = await Promise.all(handlers.map((path) => loadHandlers(path)));
  const stored = [];
  for (const path of charts) stored.push(await putChartFile(server, path, announce));
  if (worker) {
    await server.startWorker({ handlers: loaded, places, queues, ...(windowMs !== undefined && { windowMs }) });
    listening();
    const seconds = (server.windowMs ?? 0) / 1000;
    announce('ready', `The worker is ready: ${places} places, window ${seconds} s. Ctrl-C stops.`, {
      places,
      windowMs: server.windowMs,
    });
    if (options.mode === 'dev') for (const chart of stored) tellMissingHandlers(chart, server.activities, announce);
  } else {
    await server.standBy(windowMs);
    listening();
    announce('ready', 'Ready, without a worker: runs wait for workers of other processes. Ctrl-C stops.');
  }
}

/** A signal that comes while the server begins is answered when it has begun: its worker may have written its lease. */
function untilStopped(server: Embedded, announce: Announce, drainMs: number, begun: Promise<void>): Promise<number> {
  return new Promise((resolve, reject) => {
    const drain = (signal: string) => {
      const flows = `${server.held} ${server.held === 1 ? 'flow' : 'flows'}`;
      const what = server.held > 0 ? ` ${flows} may go on to the next break for ${drainMs / 1000} s.` : '';
      announce('draining', `${signal}: stopping.${what} A second signal stops at once.`, { signal, held: server.held });
      begun
        .then(() => server.stop(drainMs))
        .then(() => {
          announce('stopped', 'Stopped. Every run goes on when a worker is there again.');
          resolve(0);
        }, reject);
    };
    onStopSignals(drain, () => {
      announce('aborted', 'Stopped at once. What was under way goes on from its last break at the next start.');
      exitSoon(ABORTED);
      void server.abort().catch(() => {});
      resolve(ABORTED);
    });
  });
}
