/** A worker process from its start to its end: `flowbeat worker`, and each of the processes that `-n 4` starts. */
import { type ClosableActionRunner, createActionRunner } from '#actions/action-runner';
import { loadHandlers } from '#actions/handlers/load-handlers';
import { awsIntegrations } from '#adapters/integrations/aws-integrations';
import { bucketsBeside, openItemStore } from '#adapters/items/open';
import { SYSTEM_CLOCK } from '#adapters/system/clock';
import { SYSTEM_IDS } from '#adapters/system/ids';
import { healthAddress } from '#ports/host';
import { createScheduler } from '#scheduler/create-operations';
import { withOwnRuns } from '#scheduler/integrations';
import { type Announce, announcingTelemetry } from '#workers/announce';
import { agreeOnWindow } from '#workers/cluster-window';
import type { WorkerConfig } from '#workers/env';
import { serveHealth } from '#workers/health';
import { findHost } from '#workers/host';
import { openStore } from '#workers/open-store';
import { type RunningWorker, type StartWorker, startWorker } from '#workers/start-worker';
import { exitSoon, onStopSignals } from '#workers/stop-signals';
import { onStrayErrors, onStrayExit } from '#workers/stray-errors';
import { tendHost } from '#workers/tend-host';
import { windowSuits } from '#workers/write-latency';

/** The exit code of a worker that was aborted by a second signal. */
const ABORTED = 130;

const LOOPBACK = '127.0.0.1';

/**
 * Runs a worker until a signal, or `parent` (the supervisor is gone), stops it; resolves to the exit code: 0 after a drain. Rejects with a `FlowbeatError`
 * of kind rejected where handlers, file, window, port or what the environment says of the host cannot be used.
 */
export async function runWorker(config: WorkerConfig, announce: Announce, parentGone?: AbortSignal): Promise<number> {
  const { store: choice, name, queues, places, prefetch, drainMs, proof, healthPort } = config;
  const telemetry = announcingTelemetry(announce);
  onStrayErrors(announce);
  // Heard from the first moment: a signal that comes while it starts must not end it with its lease written.
  const stop = untilStopped(announce, drainMs, parentGone);
  // Before modules are loaded: that holds the process up for so long that an answer which is there would count as late.
  const host = choice.kind === 'sqlite' ? undefined : await findHost(process.env);
  const activities = await Promise.all(config.handlers.map((path) => loadHandlers(path)));
  const store = await openStore(choice, SYSTEM_CLOCK);
  const services = awsIntegrations();
  const items = openItemStore(choice.kind === 'sqlite' ? bucketsBeside(choice.file) : undefined);
  let actions: ClosableActionRunner | undefined;
  // No timer, thread or socket of a worker keeps its process alive, and signals do not either: while nothing is to do, this alone does.
  const alive = setInterval(() => {}, 2 ** 30);
  const closing: (() => void | Promise<void>)[] = [];
  try {
    const s = createScheduler({ ...store, services, items, clock: SYSTEM_CLOCK, ids: SYSTEM_IDS, telemetry });
    const integrations = withOwnRuns(s, services);
    actions = createActionRunner({ activities, clock: SYSTEM_CLOCK, exec: true, integrations, telemetry });
    const windowMs = await agreeOnWindow(store.store, config.windowMs, (ms) => windowSuits(s, ms));
    const { leases } = store;
    const kind: StartWorker['kind'] = choice.kind === 'sqlite' ? 'local' : 'external';
    const left = await host?.leaving?.().catch(() => undefined);
    if (left !== undefined) {
      announce('hostLeaving', `${left} No worker is started on it.`, { why: left });
      return 0;
    }
    let running: RunningWorker | undefined;
    const life = () => running?.worker.life;
    // Before its lease, which names where it answers; until then it is not well.
    const health = healthPort === undefined ? undefined : await serveHealth(healthPort, life);
    if (health) closing.push(() => health.close());
    const { platform } = host ?? {};
    const address = kind === 'local' ? LOOPBACK : platform?.address;
    const answers = health && address !== undefined ? healthAddress(address, health.port) : undefined;
    const asked = { kind, name, platform, health: answers, queues, places, prefetch, windowMs, actions, leases, proof };
    running = await startWorker(s, asked);
    if (host) {
      const onLeaving = (why: string) => stop.begin(why);
      closing.push(tendHost(host, SYSTEM_CLOCK, telemetry, { holds: () => life()?.holds === true, onLeaving }));
    }
    const exit = onStrayExit(announce);
    const incarnation = life()?.incarnation;
    announce('ready', `Worker ${incarnation} works on ${store.text}: ${places} places, window ${windowMs / 1000} s.`, {
      incarnation,
      pid: process.pid,
      places,
      windowMs,
      ...(health && { healthPort: health.port }),
      activities: [...actions.activities],
    });
    await stop.drain;
    exit.release();
    return await Promise.race([
      running.drain(drainMs).then(() => 0),
      stop.abort.then(() => {
        running.abort();
        return ABORTED;
      }),
    ]);
  } finally {
    clearInterval(alive);
    for (const close of closing) await close();
    await actions?.close();
    await services.close();
    await items.close();
    await store.close();
  }
}

/** Resolves `drain` at the first signal or when the supervisor is gone, `abort` at the second; then the process ends soon, for handlers may not yield. */
function untilStopped(announce: Announce, drainMs: number, parentGone: AbortSignal | undefined) {
  const drain = Promise.withResolvers<void>();
  const abort = Promise.withResolvers<void>();
  const begin = (why = '') => {
    announce(
      'draining',
      `${why}${why && ' '}Process ${process.pid} drains: actions that run may finish for ${drainMs / 1000} s. A second signal stops at once.`,
      { pid: process.pid, ...(why && { why }) },
    );
    drain.resolve();
  };
  const signals = onStopSignals(
    () => begin(),
    () => {
      exitSoon(ABORTED);
      drain.resolve();
      abort.resolve();
    },
  );
  parentGone?.addEventListener('abort', () => {
    signals.release();
    begin();
  });
  return { begin, drain: drain.promise, abort: abort.promise };
}
