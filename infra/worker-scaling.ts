import { Duration } from 'aws-cdk-lib';
import { AdjustmentType } from 'aws-cdk-lib/aws-applicationautoscaling';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Ec2Service, FargateService, ScalableTaskCount } from 'aws-cdk-lib/aws-ecs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';

/** How many tasks there may be. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

const MINUTE = Duration.minutes(1);
/** A message that waits longer shows that the workers there are do not suffice, however few wait. */
const OLD_SECONDS = 60;
/** So long nothing may have waited before one goes. A task that holds flows is protected, and stays until it has none. */
const QUIET_MINUTES = 15;

/** Longer than a task takes to start and to be counted: one first worker is enough. */
const START = Duration.minutes(5);

/**
 * Adds workers by how many messages wait for each of them and by the age of the oldest, and takes them away when none has waited for a while. The
 * first comes when anything waits and nobody runs: a backlog for each of no workers is no number, and SQS leaves what was received three times out of the age of the
 * oldest. The sweeper sees to it that SQS goes on measuring the queues while nothing happens (adapters/sqs/measured-queues.ts).
 */
export function scaleByBacklog(service: FargateService | Ec2Service, queues: readonly Queue[], bounds: Bounds): void {
  if (queues.length === 0)
    throw new Error('Workers that serve no queue cannot be scaled: name some in `workers.queues`.');
  const count = service.autoScaleTaskCount({ minCapacity: bounds.min, maxCapacity: bounds.max });
  const waiting = combined(
    'SUM',
    queues.map((queue) => queue.metricApproximateNumberOfMessagesVisible(MAXIMUM)),
  );
  const oldest = combined(
    'MAX',
    queues.map((queue) => queue.metricApproximateAgeOfOldestMessage(MAXIMUM)),
  );
  const visible = Object.fromEntries(
    queues.map((queue, i) => [`q${i}`, queue.metricApproximateNumberOfMessagesVisible(MAXIMUM)]),
  );
  const usingMetrics = { ...visible, running: runningTasks(service) };
  const sum = Object.keys(visible).join(' + ');
  addFirst(count, expression(`IF(FILL(running, 0) > 0, 0, ${sum})`, usingMetrics, 'Messages while no worker runs'));
  addByBacklog(count, expression(`(${sum}) / running`, usingMetrics, 'Messages for each worker'));
  addByAge(count, oldest);
  takeAway(count, waiting);
}

const MAXIMUM = { period: MINUTE, statistic: Stats.MAXIMUM } as const;

/** ECS gives no free count of tasks, but one sample of their CPU a minute. */
const runningTasks = (service: FargateService | Ec2Service): Metric =>
  new Metric({
    namespace: 'AWS/ECS',
    metricName: 'CPUUtilization',
    dimensionsMap: { ClusterName: service.cluster.clusterName, ServiceName: service.serviceName },
    statistic: Stats.SAMPLE_COUNT,
    period: MINUTE,
  });

const expression = (text: string, usingMetrics: Record<string, IMetric>, label: string): IMetric =>
  new MathExpression({ expression: text, usingMetrics, period: MINUTE, label });

/** One metric of several. */
function combined(how: 'SUM' | 'MAX', metrics: readonly Metric[]): IMetric {
  const [first, ...others] = metrics;
  if (first !== undefined && others.length === 0) return first;
  const usingMetrics = Object.fromEntries(metrics.map((metric, i) => [`q${i}`, metric]));
  return new MathExpression({ expression: `${how}(METRICS())`, usingMetrics, period: MINUTE });
}

function addFirst(count: ScalableTaskCount, metric: IMetric): void {
  count.scaleOnMetric('First', {
    metric,
    adjustmentType: AdjustmentType.CHANGE_IN_CAPACITY,
    cooldown: START,
    scalingSteps: [
      { upper: 0, change: 0 },
      { lower: 1, change: 1 },
    ],
  });
}

function addByBacklog(count: ScalableTaskCount, metric: IMetric): void {
  count.scaleOnMetric('Backlog', {
    metric,
    adjustmentType: AdjustmentType.PERCENT_CHANGE_IN_CAPACITY,
    minAdjustmentMagnitude: 1,
    cooldown: MINUTE,
    scalingSteps: [
      { upper: 5, change: 0 },
      { lower: 10, change: 50 },
      { lower: 50, change: 100 },
    ],
  });
}

function addByAge(count: ScalableTaskCount, metric: IMetric): void {
  count.scaleOnMetric('Age', {
    metric,
    adjustmentType: AdjustmentType.CHANGE_IN_CAPACITY,
    cooldown: MINUTE,
    scalingSteps: [
      { upper: 0, change: 0 },
      { lower: OLD_SECONDS, change: 1 },
      { lower: 10 * OLD_SECONDS, change: 2 },
    ],
  });
}

function takeAway(count: ScalableTaskCount, metric: IMetric): void {
  count.scaleOnMetric('Quiet', {
    metric,
    adjustmentType: AdjustmentType.CHANGE_IN_CAPACITY,
    cooldown: MINUTE,
    evaluationPeriods: QUIET_MINUTES,
    datapointsToAlarm: QUIET_MINUTES,
    scalingSteps: [
      { upper: 0, change: -1 },
      { lower: 1, change: 0 },
    ],
  });
}
