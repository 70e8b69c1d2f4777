import { Duration } from 'aws-cdk-lib';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { versionOfPackage } from '#infra/assets';
import { allowAsking, allowDiscovery, type Discovered, discoveryEnvironment } from '#infra/discovery';
import { FlowbeatFunction, type FunctionProps, type Surroundings } from '#infra/function';
import { executorCode, type HandlersProps } from '#infra/handlers';
import {
  allowArchive,
  allowEvents,
  allowExchange,
  allowLook,
  allowLookAtTasks,
  allowObjects,
  allowScan,
  allowSend,
  allowTable,
} from '#infra/permissions';
import type { Queues } from '#infra/queues';
import { addRules } from '#infra/rules';
import type { State } from '#infra/state';
import { ADVANCE_QUEUE, CONTROL_QUEUE, SWEEP_QUEUE } from '#ports/message';

/** What the functions are made with. */
export interface FunctionsProps {
  readonly surroundings: Surroundings;
  readonly state: State;
  readonly queues: Queues;
  readonly bus: EventBus;
  /** Handlers that run in a Lambda; without them there is no executor. */
  readonly handlers?: HandlersProps | undefined;
  /** The queues that the executor serves. */
  readonly executorQueues: readonly string[];
  /** The queues by whose metrics workers are scaled. */
  readonly measuredQueues: readonly string[];
  /** How many batches of messages are dealt with at a time. */
  readonly concurrency?: number | undefined;
  /** Days after its end at which a run is archived; 0: never. */
  readonly retentionDays: number;
  /** Which hosts the sweeper looks for. */
  readonly discovered: Discovered;
  /** Whether rules also hear events of a source of our own, since nobody may send in AWS's name. */
  readonly local: boolean;
}

/** A flow is advanced for 30 s at most; the rest is for its commit. */
export const ADVANCE_TIMEOUT = Duration.seconds(60);
/** The API's own limit for an integration is 30 s. */
const API_TIMEOUT = Duration.seconds(29);
/** The next one comes a minute later. */
const MINUTELY_TIMEOUT = Duration.seconds(55);
export const SWEEP_TIMEOUT = MINUTELY_TIMEOUT;
const DEPLOY_TIMEOUT = Duration.minutes(2);
const DEFAULT_CONCURRENCY = 10;
/** The least that Lambda allows. */
const LEAST_CONCURRENCY = 2;
/** SQS takes at most ten at a time without a waiting time. */
const BATCH = 10;

/** The Lambdas of an installation, what each may do, and what calls it. */
export class Functions extends Construct {
  readonly api: LambdaFunction;
  readonly advance: LambdaFunction;
  readonly executor?: LambdaFunction;
  readonly tick: LambdaFunction;
  readonly sweeper: LambdaFunction;
  readonly platformEvents: LambdaFunction;
  readonly charts: LambdaFunction;

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    const { surroundings, state, queues, bus, handlers, discovered, local } = props;
    const concurrency = Math.max(LEAST_CONCURRENCY, props.concurrency ?? DEFAULT_CONCURRENCY);
    const make = (
      name: string,
      folder: string,
      description: string,
      timeout: Duration,
      more: Partial<FunctionProps> = {},
    ) =>
      new FlowbeatFunction(this, name, {
        surroundings,
        folder,
        description: `Flowbeat ${surroundings.name}: ${description}`,
        timeout,
        ...more,
      });

    this.api = make('Api', 'api', 'the API', API_TIMEOUT, {
      memoryMiB: BUSY_MEMORY_MIB,
      environment: { FLOWBEAT_VERSION: versionOfPackage() },
    });
    this.advance = make('Advance', 'advance', 'advances flows that need no worker', ADVANCE_TIMEOUT, {
      memoryMiB: BUSY_MEMORY_MIB,
    });
    this.tick = make('Tick', 'tick', 'sends what is due, starts what is scheduled', MINUTELY_TIMEOUT);
    const measured = props.measuredQueues;
    this.sweeper = make('Sweeper', 'sweeper', 'takes over what the dead have left', MINUTELY_TIMEOUT, {
      environment: {
        FLOWBEAT_RETENTION_DAYS: String(props.retentionDays),
        ...discoveryEnvironment(discovered),
        ...(measured.length > 0 && { FLOWBEAT_MEASURED_QUEUES: measured.join(',') }),
      },
    });
    this.platformEvents = make(
      'PlatformEvents',
      'platform-events',
      'hears of tasks and instances that end',
      MINUTELY_TIMEOUT,
      { environment: discoveryEnvironment(discovered) },
    );
    this.charts = make('Charts', 'charts', 'puts the charts of a deployment', DEPLOY_TIMEOUT);
    if (handlers) {
      this.executor = new FlowbeatFunction(this, 'Executor', {
        surroundings,
        folder: 'executor',
        description: `Flowbeat ${surroundings.name}: runs handlers`,
        timeout: handlers.timeout ?? EXECUTOR_TIMEOUT,
        memoryMiB: handlers.memoryMiB ?? BUSY_MEMORY_MIB,
        ...executorCode(this, handlers, props.executorQueues),
      });
    }

    for (const each of this.schedulers) {
      allowTable(each, state.table);
      allowObjects(each, state.bucket);
      allowSend(each, queues.all);
      allowEvents(each, bus);
    }
    allowScan(this.sweeper, state.table);
    allowExchange(this.api, state.bucket);
    if (props.retentionDays > 0) allowArchive(this.sweeper, state.bucket);
    allowLookAtTasks(this.sweeper);
    if (measured.length > 0)
      allowLook(
        this.sweeper,
        measured.map((name) => queues.of(name)),
      );
    allowDiscovery(this.sweeper, discovered);
    allowAsking(this.platformEvents, discovered);
    allowTable(this.charts, state.table);

    feed(this.advance, queues.of(CONTROL_QUEUE), concurrency);
    feed(this.advance, queues.of(ADVANCE_QUEUE), concurrency);
    feed(this.sweeper, queues.of(SWEEP_QUEUE), LEAST_CONCURRENCY);
    for (const name of props.executorQueues) if (this.executor) feed(this.executor, queues.of(name), concurrency);
    addRules(this, { ...this.#called(), local });
  }

  /** Those that move flows. */
  get schedulers(): readonly LambdaFunction[] {
    const { api, advance, tick, sweeper, platformEvents, executor } = this;
    return [api, advance, tick, sweeper, platformEvents, ...(executor ? [executor] : [])];
  }

  #called() {
    return { tick: this.tick, sweeper: this.sweeper, platformEvents: this.platformEvents };
  }
}

/** The longest that an action may take where nobody says otherwise. */
export const EXECUTOR_TIMEOUT = Duration.minutes(5);
/** Where somebody waits for the answer, or for the next action: Lambda gives processor time by memory. */
const BUSY_MEMORY_MIB = 512;

/** Lets a queue's messages call a function, which says one by one what was dealt with. */
function feed(target: LambdaFunction, queue: IQueue, maxConcurrency: number): void {
  target.addEventSource(new SqsEventSource(queue, { batchSize: BATCH, maxConcurrency, reportBatchItemFailures: true }));
}
