/**
 * The single-machine mode: scheduler, API and an in-process worker over one SQLite file, in one process. The composition root: everything that the
 * other folders ask for by ports is put together here.
 */
import { type ActionRunnerOptions, createActionRunner } from '#actions/action-runner';
import { awsIntegrations } from '#adapters/integrations/aws-integrations';
import { bucketsBeside, openItemStore } from '#adapters/items/open';
import { SYSTEM_CLOCK } from '#adapters/system/clock';
import { SYSTEM_IDS } from '#adapters/system/ids';
import { SwappableActions } from '#embedded/swappable-actions';
import { boundsOf, mistakesOf, type SomeBounds } from '#engine/chart/bounds';
import { createApi } from '#http/app';
import { healthOf } from '#http/health';
import { listen } from '#http/listen';
import { FlowbeatError, rejected } from '#ports/errors';
import { SILENT, type Telemetry } from '#ports/telemetry';
import { createOperations, createScheduler } from '#scheduler/create-operations';
import { withOwnRuns } from '#scheduler/integrations';
import type { Operations } from '#scheduler/operations';
import { agreeOnWindow } from '#workers/cluster-window';
import { Duties } from '#workers/duties';
import { openStore } from '#workers/open-store';
import { QueueNames } from '#workers/queue-names';
import { type RunningWorker, startWorker } from '#workers/start-worker';
import { windowSuits } from '#workers/write-latency';

/** How a single-machine server is started. */
export interface EmbeddedOptions {
  /** The state file; made, with its folder, where it is not there. */
  readonly file: string;
  /** 127.0.0.1 unless said otherwise. */
  readonly host?: string;
  /** 0 (any free one) unless said otherwise. */
  readonly port?: number;
  /** The version of Flowbeat, for the API. */
  readonly version?: string;
  readonly telemetry?: Telemetry;
  /** What the expressions of charts that are stored may take; the default bounds where they are left open. */
  readonly bounds?: SomeBounds;
  /** Whether it serves the API; without it only the operations are there. */
  readonly api?: boolean;
}

/** The worker inside the server. */
export interface InProcessOptions {
  readonly handlers: ActionRunnerOptions['activities'];
  /** How many flows it runs at a time. Actions that only wait cost little: 100 unless said otherwise; a handler that computes belongs into a thread. */
  readonly places?: number;
  /** The queues it pulls from; all that charts name unless said otherwise. */
  readonly queues?: readonly string[];
  /** The failover window; the installation's own unless said otherwise. */
  readonly windowMs?: number;
  readonly name?: string;
}

/** A single-machine server that runs. */
export interface Embedded {
  readonly operations: Operations;
  /** The API's address; empty where it serves none. */
  readonly url: string;
  /** The window that the worker was started with; undefined before. */
  readonly windowMs: number | undefined;
  /** The activities that the worker has handlers for; none before it was started. */
  readonly activities: ReadonlySet<string>;
  /** Starts the in-process worker. Once. */
  startWorker(options: InProcessOptions): Promise<void>;
  /** For a server without a worker: does the controller's duties while no worker is there or well. `windowMs`: as of `startWorker`. */
  standBy(windowMs?: number): Promise<void>;
  /** Replaces the worker's handlers. Throws HANDLERS_INVALID and leaves them as they are. */
  setHandlers(handlers: ActionRunnerOptions['activities']): void;
  /** How many flows the worker holds. */
  readonly held: number;
  /** Stops cleanly: actions that run may finish for `graceMs`, then their flows are given back; nothing is left to take over. */
  stop(graceMs: number): Promise<void>;
  /** Stops at once; what was under way goes on from its last break at the next start. */
  abort(): Promise<void>;
}

/** For answers under way when the server stops. */
const HTTP_GRACE_MS = 2_000;
const DEFAULT_PLACES = 100;

/** Opens the state file and serves. Rejects with a `FlowbeatError` of kind rejected where file, address or bounds cannot be used. */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const {
    file,
    host = '127.0.0.1',
    port = 0,
    version = '0.0.0',
    telemetry = SILENT,
    api = true,
    bounds = {},
  } = options;
  const [mistake] = mistakesOf(bounds);
  if (mistake !== undefined) throw rejected('BOUND_INVALID', mistake, { ...bounds });
  const store = await openStore({ kind: 'sqlite', file }, SYSTEM_CLOCK);
  try {
    const services = awsIntegrations();
    const items = openItemStore(bucketsBeside(file));
    const more = { services, items, bounds: boundsOf(bounds), clock: SYSTEM_CLOCK, ids: SYSTEM_IDS, telemetry };
    const s = createScheduler({ ...store, ...more });
    const stopping = new AbortController();
    const startedAt = new Date().toISOString();
    const actions = new SwappableActions();
    const integrations = withOwnRuns(s, services);
    let running: RunningWorker | undefined;
    let duties: Duties | undefined;
    let windowMs: number | undefined;
    const operations = announcingCharts(createOperations(s), () => (running?.duties ?? duties)?.chartsChanged());
    const health = () => healthOf(s.store, { draining: stopping.signal.aborted, store: store.text, startedAt });
    const onUnexpected = (error: unknown, request: Request) =>
      telemetry.event('requestFailed', { method: request.method, url: request.url, message: String(error) });
    const served = api
      ? await listen(
          createApi(operations, {
            version,
            health,
            stopping: stopping.signal,
            onUnexpected,
            ...(isLoopback(host) && { allowedHosts: ['localhost', '127.0.0.1', '[::1]'] }),
          }),
          { host, port },
        )
      : undefined;
    const setHandlers: Embedded['setHandlers'] = (activities) =>
      actions.swap(createActionRunner({ activities, clock: s.clock, exec: true, integrations, telemetry }));
    const close = async () => {
      duties?.stop();
      await served?.close(HTTP_GRACE_MS);
      await actions.close();
      await services.close();
      await items.close();
      await store.close();
    };
    return {
      operations,
      url: served?.url ?? '',
      get windowMs() {
        return windowMs;
      },
      get held() {
        return running?.worker.life?.held.size ?? 0;
      },
      get activities() {
        return actions.activities;
      },
      setHandlers,
      async startWorker(given) {
        if (running) throw new FlowbeatError('terminal', 'WORKER_STARTED', 'The in-process worker runs already.');
        windowMs = await agreeOnWindow(s.store, given.windowMs, (ms) => windowSuits(s, ms));
        setHandlers(given.handlers);
        const { queues = [], places = DEFAULT_PLACES, name } = given;
        const { leases } = store;
        running = await startWorker(s, { kind: 'in-process', name, queues, places, windowMs, actions, leases });
      },
      async standBy(wanted) {
        const agreed = await agreeOnWindow(s.store, wanted);
        duties = new Duties(s, { me: () => undefined, windowMs: agreed, queues: new QueueNames([]) });
        duties.start();
      },
      async stop(graceMs) {
        stopping.abort();
        await running?.drain(graceMs);
        await close();
      },
      async abort() {
        stopping.abort();
        running?.abort();
        await close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** A chart that is put or deleted here counts at once: its triggers and its queues. */
function announcingCharts(operations: Operations, changed: () => void): Operations {
  return {
    ...operations,
    async putChart(source, name) {
      const put = await operations.putChart(source, name);
      if (put.created) changed();
      return put;
    },
    async deleteChart(name) {
      await operations.deleteChart(name);
      changed();
    },
  };
}

/** A server on loopback has no password, so it answers to its own names only. */
const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.');
