import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AwsLogDriverMode,
  type Cluster,
  Compatibility,
  CpuArchitecture,
  LogDriver,
  NetworkMode,
  OperatingSystemFamily,
  TaskDefinition,
} from 'aws-cdk-lib/aws-ecs';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { allow, allowEvents, allowObjects, allowReceive, allowSend, allowTable } from '#infra/permissions';
import type { Capacity, WorkersProps, WorkersSurroundings } from '#infra/worker-props';
import { CONTROL_QUEUE } from '#ports/message';

/** What a worker's task is made of. */
export interface WorkerTaskProps extends WorkersProps {
  readonly capacity: Capacity;
  readonly surroundings: WorkersSurroundings;
  readonly served: readonly string[];
  readonly cluster: Cluster;
}

/** The longest that Fargate waits between SIGTERM and SIGKILL, and what a Spot notice gives. */
const STOP_TIMEOUT = Duration.seconds(120);
/** Actions are given up so long before the end that their flows can be released. */
const DRAIN_SECONDS = 110;

/** Where a worker answers for its health. */
export const HEALTH_PORT = 8080;
/** Asks the worker whether its lease is proven. */
const HEALTH = `fetch('http://127.0.0.1:${HEALTH_PORT}/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))`;

/** A worker as a task: the program `flowbeat worker`, told where the state is, and a role that may do what a worker does. */
export function workerTask(scope: Construct, props: WorkerTaskProps): TaskDefinition {
  const { surroundings, capacity, image, served, cluster, cpu = 256, memoryMiB = 512 } = props;
  const onInstances = capacity === 'ec2';
  const task = new TaskDefinition(scope, 'Task', {
    compatibility: onInstances ? Compatibility.EC2 : Compatibility.FARGATE,
    // On instances a task shares its host's address: one of its own would need a NAT gateway.
    networkMode: onInstances ? NetworkMode.BRIDGE : NetworkMode.AWS_VPC,
    cpu: String(cpu),
    memoryMiB: String(memoryMiB),
    ...(!onInstances && {
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
    }),
  });
  const { name, logRetention, local } = surroundings;
  const logGroup = new LogGroup(scope, 'Logs', {
    retention: logRetention,
    removalPolicy: local ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
  });
  task.addContainer('worker', {
    image,
    command: commandOf(props),
    environment: {
      // ECS tells it to tasks on Fargate alone.
      AWS_REGION: Stack.of(scope).region,
      FLOWBEAT_NAME: name,
      FLOWBEAT_ADVANCE: '1',
      ...props.environment,
    },
    stopTimeout: STOP_TIMEOUT,
    // ECS passes over what the image says of its health.
    healthCheck: {
      command: ['CMD', 'node', '-e', HEALTH],
      interval: Duration.seconds(10),
      timeout: Duration.seconds(3),
      startPeriod: Duration.seconds(30),
    },
    // A full log must not hold up a worker's beats.
    logging: LogDriver.awsLogs({ logGroup, streamPrefix: 'worker', mode: AwsLogDriverMode.NON_BLOCKING }),
  });
  allowWork(task.taskRole, surroundings, served);
  allowPlace(task.taskRole, cluster);
  return task;
}

function commandOf({ surroundings, served, handlers = [], places = 2 }: WorkerTaskProps): string[] {
  const { state, queuePrefix, bus, windowMs } = surroundings;
  const options: readonly (readonly [string, string])[] = [
    ['--store', 'dynamodb'],
    ['--table', state.table.tableName],
    ['--queue-prefix', queuePrefix],
    ['--bucket', state.bucket.bucketName],
    ['--event-bus', bus.eventBusName],
    ['--window', `+${windowMs}ms`],
    ['--places', String(places)],
    ['--drain', `+${DRAIN_SECONDS}s`],
    ['--health-port', String(HEALTH_PORT)],
    ...served.map((queue) => ['--queue', queue] as const),
    ...handlers.map((module) => ['--handlers', module] as const),
  ];
  return ['worker', '--json', ...options.flat()];
}

/** What a worker does to state and queues. */
function allowWork(who: IGrantable, { state, queues, bus }: WorkersSurroundings, served: readonly string[]): void {
  allowTable(who, state.table);
  allowObjects(who, state.bucket);
  allowSend(who, queues.all);
  allowReceive(
    who,
    [CONTROL_QUEUE, ...served].map((queue) => queues.of(queue)),
  );
  allowEvents(who, bus);
}

/** Protecting its own task from scale-in while it holds flows. */
function allowPlace(who: IGrantable, cluster: Cluster): void {
  const tasks = Stack.of(cluster).formatArn({
    service: 'ecs',
    resource: 'task',
    resourceName: `${cluster.clusterName}/*`,
  });
  allow(who, ['ecs:GetTaskProtection', 'ecs:UpdateTaskProtection'], [tasks]);
}
