import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { type IGrantable, type IRole, type PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { boundsOf, mistakesOf } from '#engine/chart/bounds';
import type { Bounds } from '#engine/jsonata/meter';
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
import type { WorkersProps } from '#infra/worker-props';
import { Workers } from '#infra/workers';
import { ADVANCE_QUEUE, CONTROL_QUEUE, SWEEP_QUEUE } from '#ports/message';
import { LEAST_RETENTION_DAYS, RETENTION_DAYS } from '#ports/retention';

/** Who takes a queue's flows: workers, or the Lambda with the installation's `handlers`. */
export interface QueueProps {
  readonly servedBy: 'workers' | 'executor';
}

/**
 * Other stacks for parts of an installation; what is absent is in the stack of `Flowbeat`, which keeps the outputs in any case. Stacks refer
 * to those that are deployed before them: state and queues, functions, API, that of `Flowbeat`, then workers and observability. So `functions` needs
 * `state` and `queues` beside it, and `api` needs `functions`. A VPC that is handed to private functions must be of none of these stacks.
 */
export interface Scopes {
  /** The table and the bucket. */
  readonly state?: Construct;
  /** The queues and the bus. */
  readonly queues?: Construct;
  /** The Lambdas, their rules, and the network where that is private. */
  readonly functions?: Construct;
  readonly api?: Construct;
  /** The workers, and the network where functions have no need of it. */
  readonly workers?: Construct;
  /** Alarms and dashboard. */
  readonly observability?: Construct;
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
  /** How long a run stays in the table after its end, before it is moved to the bucket: whole days, 15 at least; `keep` or none: for good. 90 days where absent. */
  readonly retention?: Duration | 'keep';
  /** What the expressions of charts that are stored may take; the default bounds where absent. A change makes new versions of the charts of the stack; others keep what they were stored with. */
  readonly bounds?: Partial<Bounds>;
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
  /** Other stacks for parts of it; one for all where absent. */
  readonly scopes?: Scopes;
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
  /** What the expressions of its charts may take at most. */
  readonly bounds: Bounds;
  readonly api: Api;
  /** Its workers in containers, if it has any. */
  readonly workers?: Workers;

  constructor(scope: Construct, id: string, props: FlowbeatProps = {}) {
    super(scope, id);
    const local = isLocal(this);
    this.name = props.name ?? Stack.of(this).stackName;
    const prefix = `${this.name}-`;
    const executorQueues = servedByExecutor(props);
    this.bounds = boundsOf(props.bounds);
    const windowMs = windowOf(props.window);
    const retentionDays = retentionOf(props.retention);
    const logRetention = props.logRetention ?? RetentionDays.ONE_WEEK;
    const network = networkOf(this, props);
    const scopes = props.scopes ?? {};
    refuseCircle(Stack.of(this), scopes);
    const discovered = discoveredBy(scopes.functions ?? this, this.name, props);
    this.state = new State(scopes.state ?? this, 'State', { disposable: local });
    this.queues = new Queues(scopes.queues ?? this, 'Queues', {
      prefix,
      visibility: visibilityOf(props, executorQueues),
    });
    const left = this.queues.names.filter((name) => !name.startsWith('_') && !executorQueues.includes(name));
    this.bus = new EventBus(scopes.queues ?? this, 'Bus', { eventBusName: this.name });
    this.functions = new Functions(scopes.functions ?? this, 'Functions', {
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
          ...boundsEnvironment(props.bounds),
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
      retentionDays,
      discovered,
      local,
    });
    this.api = new Api(scopes.api ?? this, 'Api', {
      target: this.functions.api,
      kind: props.api ?? 'http-api',
      authorizer: props.authorizer ?? 'iam',
    });
    if (props.workers && network) {
      this.workers = new Workers(scopes.workers ?? this, 'Workers', {
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
    if (props.alarms !== false)
      new Alarms(scopes.observability ?? this, 'Alarms', { ...watched, discovered, topic: props.alarms?.topic });
    if ((props.dashboard ?? true) && !local) {
      new FlowbeatDashboard(scopes.observability ?? this, 'Dashboard', watched);
    }
    const { state, functions, api, workers } = this;
    acknowledge({ state, functions, api, network, workers, discovered, retentionDays });
    this.#tell(prefix, windowMs);
  }

  /** Lets what runs the tasks of charts do more: `grantTasks((who) => topic.grantPublish(who))`. */
  grantTasks(grant: (who: IGrantable) => void): void {
    for (const each of this.#taskRunners(this)) grant(each);
  }

  /** Lets what runs the tasks of charts do what a statement says; `scope` is what asks for it. */
  allowTasks(statement: PolicyStatement, scope: Construct = this): void {
    for (const each of this.#taskRunners(scope)) each.grantPrincipal.addToPrincipalPolicy(statement);
  }

  /**
   * Roles whose further rights stand in the stack of who asks for them. Rights name resources of that stack, and that stack names the functions:
   * beside the roles they would close a circle. To workers in a stack of their own nothing refers, so there it is the other way round.
   */
  #taskRunners(scope: Construct): readonly IGrantable[] {
    const { advance, executor } = this.functions;
    const roles = { Advance: advance.role, Executor: executor?.role, Workers: this.workers?.task.taskRole };
    return Object.entries(roles).flatMap(([name, role]) => {
      if (role === undefined) return [];
      if (name === 'Workers' && Stack.of(role) !== Stack.of(this)) return [role];
      const id = `${name}Rights`;
      return [(scope.node.tryFindChild(id) as IRole | undefined) ?? Role.fromRoleName(scope, id, role.roleName)];
    });
  }

  #tell(prefix: string, windowMs: number): void {
    const values = {
      [OUTPUTS.api]: this.api.url,
      [OUTPUTS.table]: this.state.table.tableName,
      [OUTPUTS.queuePrefix]: prefix,
      [OUTPUTS.bucket]: this.state.bucket.bucketName,
      [OUTPUTS.bus]: this.bus.eventBusName,
      [OUTPUTS.window]: String(windowMs),
      [OUTPUTS.join]: `flowbeat worker --stack ${Stack.of(this).stackName}`,
    };
    for (const [name, value] of Object.entries(values)) {
      new CfnOutput(this, name, { value }).overrideLogicalId(name);
    }
  }
}

/** The stack of `Flowbeat` refers to the API, that to the functions, and those to state and queues. */
function refuseCircle(main: Stack, scopes: Scopes): void {
  const isApart = (part: keyof Scopes): boolean => scopes[part] !== undefined && Stack.of(scopes[part]) !== main;
  for (const [part, needs] of [
    ['functions', 'state'],
    ['functions', 'queues'],
    ['api', 'functions'],
  ] as const) {
    if (isApart(part) && !isApart(needs)) {
      throw new Error(
        `\`scopes.${part}\` is another stack than that of Flowbeat, so what it refers to must be too: name \`scopes.${needs}\` too.`,
      );
    }
  }
}

/** Functions need a network only where they may not reach the internet; it stands with the first that needs it. */
function networkOf(scope: Construct, { workers, network, scopes = {} }: FlowbeatProps): Network | undefined {
  if (network?.private) return new Network(scopes.functions ?? scope, 'Network', network);
  return workers && new Network(scopes.workers ?? scope, 'Network', network);
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

function retentionOf(retention: FlowbeatProps['retention']): number {
  if (retention === undefined) return RETENTION_DAYS;
  const days = retention === 'keep' ? 0 : retention.toMilliseconds() / 86_400_000;
  if (days === 0 || (Number.isInteger(days) && days >= LEAST_RETENTION_DAYS)) return days;
  throw new Error(
    `\`retention\` is ${days} days: it must be whole days, ${LEAST_RETENTION_DAYS} at least, since a message lives 14 on its queue; 'keep' means for good.`,
  );
}

function boundsEnvironment(bounds: Partial<Bounds> = {}): Record<string, string> {
  const [mistake] = mistakesOf(bounds);
  if (mistake !== undefined) throw new Error(`\`bounds\`: ${mistake}`);
  const told = Object.entries(bounds).filter(([, value]) => value !== undefined);
  return Object.fromEntries(told.map(([name, value]) => [`FLOWBEAT_EXPRESSION_${name.toUpperCase()}`, String(value)]));
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
