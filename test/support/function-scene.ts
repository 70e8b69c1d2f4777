import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';
import type { RunId } from '#ports/ids';
import { apiGateway } from '#test/support/emulators/api-gateway';
import { FaultyService } from '#test/support/emulators/faulty-service';
import { EventSource, type Feed, type SqsHandler } from '#test/support/event-source';
import { FunctionInstallation } from '#test/support/function-installation';
import { lambdaContext } from '#test/support/lambda-context';
import { TemporaryFolder } from '#test/support/temporary-folder';

/** The handlers that executors run. */
export const HANDLERS = fileURLToPath(new URL('../e2e/function-handlers.ts', import.meta.url));

const count = (more: object = { End: true }) => ({ Type: 'Task', Resource: 'activity:count', ...more });

/** A chart of everything that functions hand to each other: an action, branches, a wait, a Map, an action. */
const SPREAD = {
  StartAt: 'First',
  States: {
    First: count({ Next: 'Both' }),
    Both: {
      Type: 'Parallel',
      Branches: [
        { StartAt: 'Left', States: { Left: count() } },
        { StartAt: 'Pass', States: { Pass: { Type: 'Pass', Next: 'Right' }, Right: count() } },
      ],
      OutputPath: '$[1]',
      Next: 'Wait',
    },
    Wait: { Type: 'Wait', SecondsPath: '$.waits', Next: 'Each' },
    Each: {
      Type: 'Map',
      ItemsPath: '$.items',
      ItemSelector: { 'n.$': '$.n', 'journal.$': '$.journal' },
      ItemProcessor: { StartAt: 'Item', States: { Item: count() } },
      OutputPath: '$[2]',
      Next: 'Last',
    },
    Last: count({ OutputPath: '$.n', End: true }),
  },
};

/** Of what a run of it does: First, Left, Right, three Items, Last. */
export const ACTIONS = 7;

/** What its history tells of, whatever befell the functions: each state entered and left once. */
const STATES = { First: 1, Both: 1, Left: 1, Pass: 1, Right: 1, Wait: 1, Each: 1, Item: 3, Last: 1 };

/** Both handlers of an installation. */
export interface Functions {
  readonly advance: SqsHandler;
  readonly executor: SqsHandler;
}

/** A run that was started, and the file that its actions leave their keys in. */
export interface Started {
  readonly run: RunId;
  readonly journal: string;
}

/** An installation of functions as they are, that see DynamoDB and SQS through services which may fail, and runs of one chart. */
export class FunctionScene implements AsyncDisposable {
  readonly installation: FunctionInstallation;
  readonly dynamo: FaultyService;
  readonly sqs: FaultyService;
  readonly folder = new TemporaryFolder();
  /** What a function is told by its environment. */
  readonly environment: Readonly<Record<string, string>>;
  #serial = 0;

  private constructor(installation: FunctionInstallation, dynamo: FaultyService, sqs: FaultyService) {
    this.installation = installation;
    this.dynamo = dynamo;
    this.sqs = sqs;
    this.environment = {
      ...installation.environment,
      AWS_ENDPOINT_URL_DYNAMODB: dynamo.url,
      AWS_ENDPOINT_URL_SQS: sqs.url,
      FLOWBEAT_HANDLERS: HANDLERS,
      FLOWBEAT_VERSION: '1.2.3',
      POWERTOOLS_LOG_LEVEL: 'SILENT',
      POWERTOOLS_METRICS_DISABLED: 'true',
    };
  }

  static async open(): Promise<FunctionScene> {
    const installation = await FunctionInstallation.open();
    const { dynamo, sqs } = installation.emulators.endpoints;
    const scene = new FunctionScene(installation, await FaultyService.before(dynamo), await FaultyService.before(sqs));
    for (const [name, value] of Object.entries(scene.environment)) vi.stubEnv(name, value);
    await scene.put('spread', SPREAD);
    return scene;
  }

  put(name: string, definition: object) {
    return this.installation.operations.putChart(JSON.stringify({ name, definition }));
  }

  /** The functions as instances that nothing was called of yet. */
  async functions(): Promise<Functions> {
    vi.resetModules();
    const [{ handler: advance }, { handler: executor }] = await Promise.all([
      import('#functions/advance/handler'),
      import('#functions/executor/handler'),
    ]);
    return { advance, executor };
  }

  /** The function of the API behind a gateway. */
  async api() {
    vi.resetModules();
    const { handler } = await import('#functions/api/handler');
    const gateway = await apiGateway((event) => handler(event, lambdaContext('api')));
    const ask = async (method: string, path: string): Promise<unknown> => {
      const answer = await fetch(`${gateway.url}${path}`, { method });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    };
    return {
      get: (path: string) => ask('GET', path),
      post: (path: string) => ask('POST', path),
      [Symbol.asyncDispose]: () => gateway.close(),
    };
  }

  /** Has the event source call functions. Its own way to the queues is AWS's: nothing befalls it. */
  serve({ advance, executor }: Functions, more: Partial<Feed> = {}): EventSource {
    const { sqs, prefix } = this.installation.emulators;
    return new EventSource(sqs, prefix, [
      { name: 'advance', queues: ['_advance', '_control'], handler: advance, ...more },
      { name: 'executor', queues: ['default'], handler: executor, ...more },
    ]);
  }

  /** Starts so many runs of the chart, which wait for so long in the middle. */
  start(many: number, waits = 1): Promise<readonly Started[]> {
    const one = async () => {
      const name = `r${++this.#serial}`;
      const journal = this.folder.file(name);
      const input = { n: 0, journal, items: [1, 2, 3], waits };
      const { run } = await this.installation.operations.startRun({ chart: 'spread', name, input });
      return { run, journal };
    };
    return Promise.all(Array.from({ length: many }, one));
  }

  /** Each run ends as if nothing had happened, and its history tells of each state once. Returns how often actions were run in all. */
  async whole(started: readonly Started[]): Promise<number> {
    let times = 0;
    for (const { run, journal } of started) {
      const { outcome } = await this.installation.ended(run);
      expect(outcome, run).toEqual({ status: 'Succeeded', output: 4 });
      const { events } = await this.installation.operations.history(run, { limit: 1_000 });
      for (const details of ['stateEnteredEventDetails', 'stateExitedEventDetails']) {
        const counts: Record<string, number> = {};
        for (const event of events) {
          const { name } = (event[details] ?? {}) as { readonly name?: string };
          if (name !== undefined) counts[name] = (counts[name] ?? 0) + 1;
        }
        expect(counts, run).toEqual(STATES);
      }
      const keys = readFileSync(journal, 'utf8').trim().split('\n');
      expect(new Set(keys).size, run).toBe(ACTIONS);
      times += keys.length;
    }
    return times;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dynamo[Symbol.asyncDispose]();
    await this.sqs[Symbol.asyncDispose]();
    await this.installation[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
    vi.unstubAllEnvs();
  }
}
