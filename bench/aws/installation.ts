import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { sqsName } from '#adapters/sqs/queue-name';
import type { FlowRecord } from '#ports/flow-record';
import { type FlowId, type Incarnation, type RunId, rootFlow } from '#ports/ids';
import { ADVANCE_QUEUE, CONTROL_QUEUE, SWEEP_QUEUE } from '#ports/message';
import type { Store } from '#ports/store';
import { hostServices } from '#test/support/emulators/hosts';
import { REAL_CLOCK } from '#test/support/emulators/real-clock';
import { EventSource, type SqsHandler } from '#test/support/event-source';
import { FunctionInstallation } from '#test/support/function-installation';
import { lambdaContext } from '#test/support/lambda-context';
import { startProcess, type WorkerProcess } from '../cluster.ts';

const MINUTE_MS = 60_000;
const LOOK_MS = 5;

/** The functions that are called here as they are deployed. */
type Name = 'advance' | 'platform-events' | 'sweeper' | 'tick';
type Handler = (event: unknown, context: Context) => Promise<unknown>;

/** A worker process in a task of ECS, as far as it can tell. */
export interface TaskProcess extends WorkerProcess {
  readonly taskArn: string;
}

/**
 * An installation over emulators in this process: the real functions, fed by its queues and called by its rules each minute as Lambda and EventBridge would, and
 * worker processes. Only one at a time: functions read their environment from that of the process.
 */
export class Installation implements AsyncDisposable {
  readonly #base: FunctionInstallation;
  readonly #windowMs: number;
  readonly #before: Readonly<Record<string, string | undefined>>;
  readonly #children = new Set<ChildProcess>();
  readonly #metadata = createServer(({ url = '' }, response) => {
    response.end(JSON.stringify({ TaskARN: arnOf(url.split('/')[1] ?? ''), AvailabilityZone: 'us-east-1a' }));
  });
  #functions: Readonly<Record<Name, Handler>> | undefined;
  #source: EventSource | undefined;
  #rules: NodeJS.Timeout | undefined;
  #tasks = 0;
  readonly #ecs: Awaited<ReturnType<typeof ecsOf>>;
  readonly #stopped: Set<string>;
  readonly store: Store;

  private constructor(
    base: FunctionInstallation,
    windowMs: number,
    ecs: Awaited<ReturnType<typeof ecsOf>>,
    stopped: Set<string>,
  ) {
    this.#base = base;
    this.#ecs = ecs;
    this.#stopped = stopped;
    this.#windowMs = windowMs;
    const environment = {
      ...base.environment,
      FLOWBEAT_WINDOW_MS: String(windowMs),
      FLOWBEAT_CLUSTER: CLUSTER,
      AWS_ENDPOINT_URL_ECS: ecs.endpoint,
      // Lines of the functions are not what this program prints.
      POWERTOOLS_LOG_LEVEL: 'SILENT',
      POWERTOOLS_METRICS_DISABLED: 'true',
      POWERTOOLS_TRACE_ENABLED: 'false',
    };
    this.#before = Object.fromEntries(Object.keys(environment).map((name) => [name, process.env[name]]));
    Object.assign(process.env, environment);
    const { dynamo, table } = base.emulators;
    this.store = openDynamo({ client: dynamo, table, clock: REAL_CLOCK });
  }

  static async open(windowMs: number): Promise<Installation> {
    const stopped = new Set<string>();
    const made = new Installation(await FunctionInstallation.open(), windowMs, await ecsOf(stopped), stopped);
    const { sqs, prefix } = made.emulators;
    await sqs.send(new CreateQueueCommand({ QueueName: sqsName(prefix, SWEEP_QUEUE) }));
    await new Promise<void>((resolve) => made.#metadata.listen(0, '127.0.0.1', resolve));
    const names: readonly Name[] = ['advance', 'platform-events', 'sweeper', 'tick'];
    const loaded = await Promise.all(names.map(async (name) => [name, await load(name, prefix)] as const));
    made.#functions = Object.fromEntries(loaded) as Record<Name, Handler>;
    return made;
  }

  get emulators() {
    return this.#base.emulators;
  }

  get operations() {
    return this.#base.operations;
  }

  /** A task has ended: ECS says so from now on when it is asked, and its event comes. */
  taskStopped(taskArn: string): Promise<unknown> {
    this.#stopped.add(taskArn);
    return this.call('platform-events', {
      source: 'aws.ecs',
      'detail-type': 'ECS Task State Change',
      time: new Date().toISOString(),
      detail: { taskArn, lastStatus: 'STOPPED', desiredStatus: 'STOPPED', stopCode: 'EssentialContainerExited' },
    });
  }

  /** Calls a function. */
  call(name: Name, event: unknown): Promise<unknown> {
    return this.#functions![name](event, lambdaContext(name));
  }

  /** From now on queues and rules call the functions. */
  async begin(): Promise<void> {
    const { sqs, prefix } = this.emulators;
    const advance: SqsHandler = (event, context) => this.#functions!.advance(event, context) as ReturnType<SqsHandler>;
    const sweeper: SqsHandler = async (event, context) => {
      await this.#functions!.sweeper(event, context);
      return { batchItemFailures: [] };
    };
    this.#source = new EventSource(sqs, prefix, [
      { name: 'advance', queues: [ADVANCE_QUEUE, CONTROL_QUEUE], handler: advance },
      { name: 'sweeper', queues: [SWEEP_QUEUE], handler: sweeper },
    ]);
    const minute = () => Promise.all([this.call('sweeper', {}), this.call('tick', {})]);
    await minute();
    this.#rules = setInterval(() => void minute(), MINUTE_MS);
  }

  /** Starts a worker process in a task of its own; resolves when it may claim. */
  async worker(places: number): Promise<TaskProcess> {
    const { table, prefix } = this.emulators;
    const task = String(++this.#tasks);
    // It goes into the environment that the process is started with.
    process.env.ECS_CONTAINER_METADATA_URI_V4 = `http://127.0.0.1:${(this.#metadata.address() as AddressInfo).port}/${task}`;
    const store = { kind: 'dynamodb', table, queuePrefix: prefix, functions: true } as const;
    const config = { store, queues: ['default'], places, windowMs: this.#windowMs };
    const started = startProcess(config, this.#children);
    delete process.env.ECS_CONTAINER_METADATA_URI_V4;
    return { ...(await started), taskArn: arnOf(task) };
  }

  /** Resolves with a run's root flow and the moment, once it is as wanted. */
  async until(run: RunId, wanted: (flow: FlowRecord) => boolean | Promise<boolean>) {
    for (;;) {
      const flow = await this.store.readFlow(rootFlow(run));
      if (flow && (await wanted(flow))) return { flow, at: performance.now() };
      await pause(LOOK_MS);
    }
  }

  /** Resolves once the lease of a worker names a flow. */
  async listed(owner: string, id: FlowId): Promise<void> {
    for (;;) {
      const lease = await this.store.readLease(owner as Incarnation);
      if (lease?.flows.some(({ flow }) => flow === id)) return;
      await pause(LOOK_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#rules);
    for (const child of this.#children) child.kill('SIGKILL');
    await this.#source?.[Symbol.asyncDispose]();
    this.#metadata.closeAllConnections();
    this.#metadata.close();
    await this.#ecs.close();
    await this.#base[Symbol.asyncDispose]();
    for (const [name, value] of Object.entries(this.#before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

const CLUSTER = 'arn:aws:ecs:us-east-1:123456789012:cluster/flowbeat';
const arnOf = (task: string): string => `${CLUSTER.replace(':cluster/', ':task/')}/${task}`;

/** ECS, as far as it is asked about tasks by their names. */
const ecsOf = (stopped: ReadonlySet<string>) =>
  hostServices(({ operation, asks }) => {
    if (operation !== 'DescribeTasks') return { taskArns: [] };
    const tasks = asks.tasks as readonly string[];
    return { tasks: tasks.map((taskArn) => ({ taskArn, lastStatus: stopped.has(taskArn) ? 'STOPPED' : 'RUNNING' })) };
  });

/** A function opens what it needs once for its module, so each installation has modules of its own. */
async function load(name: Name, prefix: string): Promise<Handler> {
  const module = (await import(`${import.meta.resolve(`#functions/${name}/handler`)}?${prefix}`)) as {
    readonly handler: Handler;
  };
  return module.handler;
}
