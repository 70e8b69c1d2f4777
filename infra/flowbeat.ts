import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import type { IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { acknowledge } from '#infra/acknowledged';
import { Alarms } from '#infra/alarms';
import { Api, type ApiKind, type Authorizer } from '#infra/api';
import { FlowbeatDashboard } from '#infra/dashboard';
import { clusterArn, type Discovered, type DiscoveryProps } from '#infra/discovery';
import { ADVANCE_TIMEOUT, EXECUTOR_TIMEOUT, Functions, SWEEP_TIMEOUT } from '#infra/functions';
import type { HandlersProps } from '#infra/handlers';
import { DEFAULT_QUEUE, isLocal, OUTPUTS } from '#infra/names';
import { Network, type NetworkProps } from '#infra/network';
import { Queues } from '#infra/queues';
import { State } from '#infra/state';
import { Workers, type WorkersProps } from '#infra/workers';
import { ADVANCE_QUEUE, CONTROL_QUEUE, SWEEP_QUEUE } from '#ports/message';

/** Who takes a queue's flows: workers, or the Lambda with the installation's `handlers`. */
export interface QueueProps {
  readonly servedBy: 'workers' | 'executor';
}

/** What an installation is made with; all of it may be left out. */
export interface FlowbeatProps {
  /** Its name, of which the names of its queues, its bus and the cluster of its workers are made: the stack's where absent. */
  readonly name?: string;
  /** Queues that charts may name, beside `default`. */
  readonly queues?: Readonly<Record<string, QueueProps>>;
  /** Handlers that run in a Lambda; they serve `default` where `queues` does not say otherwise. */
  readonly handlers?: HandlersProps;
  /** The failover window: how long a worker may be silent before its flows are taken over. 30 s where absent. */
  readonly window?: Duration;
  /** `http-api` where absent. */
  readonly api?: ApiKind;
  /** `iam` where absent. */
  readonly authorizer?: Authorizer;
  /** How long logs are kept; a week where absent. */
  readonly logRetention?: RetentionDays;
  /** Whether calls are traced by X-Ray, which costs $5 a million. */
  readonly tracing?: boolean;
  /** Workers in containers; without them others may work for it from anywhere, and zero workers are valid too. */
  readonly workers?: WorkersProps;
  /** Which hosts are looked for that should have a worker. */
  readonly discovery?: DiscoveryProps;
  /** Where workers stand; with `private`, functions too. */
  readonly network?: NetworkProps;
  /** Who is told of alarms; nobody where absent. `false`: there are no alarms. */
  readonly alarms?: { readonly topic?: ITopic } | false;
  /** Whether there is a dashboard: an account has three for nothing, each more costs $3 a month. There is one where absent. */
  readonly dashboard?: boolean;
  /** Other stacks for parts of it. */
  readonly scopes?: { readonly state?: Construct; readonly workers?: Construct };
  /** How many batches of messages each function that is fed by a queue deals with at a time; 10 where absent. */
  readonly concurrency?: number;
}

/** Below it a garbage collection or a slow network would look like death. */
const LEAST_WINDOW_MS = 1_000;
const DEFAULT_WINDOW = Duration.seconds(30);
/** Between the end of a function and the return of its message. */
const MARGIN = Duration.seconds(30);

/** A whole installation of Flowbeat: state, queues, functions and API. Without workers it is a valid one too. */
export class Flowbeat extends Construct {
  /** Its name. */
  readonly name: string;
  readonly state: State;
  readonly queues: Queues;
  readonly bus: EventBus;
  readonly functions: Functions;
  readonly api: Api;
  /** Its workers in containers, if it has any. */
  readonly workers?: Workers;

  constructor(scope: Construct, id: string, props: FlowbeatProps = {}) {
    super(scope, id);
    const local = isLocal(this);
    this.name = props.name ?? Stack.of(this).stackName;
    const prefix = `${this.name}-`;
    const executorQueues = servedByExecutor(props);
    const windowMs = windowOf(props.window);
    const logRetention = props.logRetention ?? RetentionDays.ONE_WEEK;
    const network = networkOf(this, props);
    const discovered = discoveredBy(this, this.name, props);
    this.state = new State(props.scopes?.state ?? this, 'State', { disposable: local });
    this.queues = new Queues(this, 'Queues', { prefix, visibility: visibilityOf(props, executorQueues) });
    const left = this.queues.names.filter((name) => !name.startsWith('_') && !executorQueues.includes(name));
    this.bus = new EventBus(this, 'Bus', { eventBusName: this.name });
    this.functions = new Functions(this, 'Functions', {
      surroundings: {
        name: this.name,
        environment: {
          FLOWBEAT_NAME: this.name,
          FLOWBEAT_TABLE: this.state.table.tableName,
          FLOWBEAT_QUEUE_PREFIX: prefix,
          FLOWBEAT_WINDOW_MS: String(windowMs),
          FLOWBEAT_BUCKET: this.state.bucket.bucketName,
          FLOWBEAT_EVENT_BUS: this.bus.eventBusName,
          FLOWBEAT_ADVANCE: '1',
        },
        logRetention,
        tracing: props.tracing ?? false,
        disposable: local,
        ...(network?.isPrivate && {
          place: { vpc: network.vpc, vpcSubnets: network.subnets, securityGroups: [network.securityGroup] },
        }),
      },
      state: this.state,
      queues: this.queues,
      bus: this.bus,
      handlers: props.handlers,
      executorQueues,
      measuredQueues: props.workers ? (props.workers.queues ?? left) : [],
      concurrency: props.concurrency,
      discovered,
      local,
    });
    this.api = new Api(this, 'Api', {
      target: this.functions.api,
      kind: props.api ?? 'http-api',
      authorizer: props.authorizer ?? 'iam',
    });
    if (props.workers && network) {
      this.workers = new Workers(props.scopes?.workers ?? this, 'Workers', {
        ...props.workers,
        surroundings: {
          name: this.name,
          windowMs,
          queuePrefix: prefix,
          state: this.state,
          queues: this.queues,
          served: left,
          bus: this.bus,
          network,
          logRetention,
          local,
        },
      });
    }
    const watched = { name: this.name, state: this.state, queues: this.queues, functions: this.functions };
    if (props.alarms !== false) new Alarms(this, 'Alarms', { ...watched, topic: props.alarms?.topic });
    if ((props.dashboard ?? true) && !local) new FlowbeatDashboard(this, 'Dashboard', watched);
    const { state, functions, api, workers } = this;
    acknowledge({ state, functions, api, network, workers, discovered });
    this.#tell(prefix, windowMs);
  }

  /** Lets what runs the tasks of charts do more: `grantTasks((who) => topic.grantPublish(who))`. */
  grantTasks(grant: (who: IGrantable) => void): void {
    for (const each of this.#taskRunners()) grant(each);
  }

  /** Lets what runs the tasks of charts do what a statement says. */
  allowTasks(statement: PolicyStatement): void {
    this.grantTasks((who) => who.grantPrincipal.addToPrincipalPolicy(statement));
  }

  #taskRunners(): readonly IGrantable[] {
    const { advance, executor } = this.functions;
    return [advance, ...(executor ? [executor] : []), ...(this.workers ? [this.workers.task.taskRole] : [])];
  }

  #tell(prefix: string, windowMs: number): void {
    const values = {
      [OUTPUTS.api]: this.api.url,
      [OUTPUTS.table]: this.state.table.tableName,
      [OUTPUTS.queuePrefix]: prefix,
      [OUTPUTS.bucket]: this.state.bucket.bucketName,
      [OUTPUTS.bus]: this.bus.eventBusName,
      [OUTPUTS.window]: String(windowMs),
    };
    for (const [name, value] of Object.entries(values)) {
      new CfnOutput(this, name, { value }).overrideLogicalId(name);
    }
  }
}

/** Functions need a network only where they may not reach the internet. */
function networkOf(scope: Construct, { workers, network }: FlowbeatProps): Network | undefined {
  return workers || network?.private ? new Network(scope, 'Network', network) : undefined;
}

function discoveredBy(scope: Construct, name: string, { workers, network, discovery = {} }: FlowbeatProps): Discovered {
  const { tasks = workers !== undefined && !network?.private, instances = false } = discovery;
  if (tasks && !workers) throw new Error('`discovery.tasks` looks for the tasks of `workers`, and there are none.');
  return { cluster: tasks ? clusterArn(scope, name) : undefined, instances };
}

function windowOf(window = DEFAULT_WINDOW): number {
  const ms = window.toMilliseconds();
  if (ms >= LEAST_WINDOW_MS) return ms;
  throw new Error(`\`window\` is ${ms} ms: on AWS it must be at least ${LEAST_WINDOW_MS} ms.`);
}

function servedByExecutor({ queues = {}, handlers }: FlowbeatProps): string[] {
  const served: Record<string, QueueProps> = {
    [DEFAULT_QUEUE]: { servedBy: handlers ? 'executor' : 'workers' },
    ...queues,
  };
  const names = Object.keys(served).filter((name) => served[name]?.servedBy === 'executor');
  if (handlers || names.length === 0) return names;
  throw new Error(`The executor shall serve ${names.join(', ')}, and there are no \`handlers\` for it to run.`);
}

/** A message must not come back while the function that has it may still be at work. */
function visibilityOf({ queues = {}, handlers }: FlowbeatProps, executorQueues: readonly string[]) {
  const executor = (handlers?.timeout ?? EXECUTOR_TIMEOUT).plus(MARGIN);
  const names = [DEFAULT_QUEUE, ...Object.keys(queues)];
  const bad = names.find((name) => !QUEUE_NAME.test(name));
  if (bad !== undefined) throw new Error(`"${bad}" is no name of a queue: ${QUEUE_NAME_RULE}`);
  return {
    [CONTROL_QUEUE]: ADVANCE_TIMEOUT.plus(MARGIN),
    [ADVANCE_QUEUE]: ADVANCE_TIMEOUT.plus(MARGIN),
    [SWEEP_QUEUE]: SWEEP_TIMEOUT.plus(MARGIN),
    ...Object.fromEntries(names.map((name) => [name, executorQueues.includes(name) ? executor : undefined])),
  };
}

const QUEUE_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const QUEUE_NAME_RULE = 'it begins with a letter or digit, and goes on with those, dots, dashes and underscores.';
