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

/**
 * Adds workers by how many messages wait for each of them and by the age of the oldest, and takes them away when none has waited for a while. The
 * first comes by age: a backlog for each of no workers is no number.
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
  addByBacklog(count, backlogOfEach(service, queues));
  addByAge(count, oldest);
  takeAway(count, waiting);
}

const MAXIMUM = { period: MINUTE, statistic: Stats.MAXIMUM } as const;

/** Waiting messages for each running task. ECS gives no free count of tasks, but one sample of their CPU a minute. */
function backlogOfEach(service: FargateService | Ec2Service, queues: readonly Queue[]): IMetric {
  const running = new Metric({
    namespace: 'AWS/ECS',
    metricName: 'CPUUtilization',
    dimensionsMap: { ClusterName: service.cluster.clusterName, ServiceName: service.serviceName },
    statistic: Stats.SAMPLE_COUNT,
    period: MINUTE,
  });
  const visible = queues.map((queue, i) => [`q${i}`, queue.metricApproximateNumberOfMessagesVisible(MAXIMUM)] as const);
  return new MathExpression({
    expression: `(${visible.map(([id]) => id).join(' + ')}) / running`,
    usingMetrics: { ...Object.fromEntries(visible), running },
    period: MINUTE,
    label: 'Messages for each worker',
  });
}

/** One metric of several. */
function combined(how: 'SUM' | 'MAX', metrics: readonly Metric[]): IMetric {
  const [first, ...others] = metrics;
  if (first !== undefined && others.length === 0) return first;
  const usingMetrics = Object.fromEntries(metrics.map((metric, i) => [`q${i}`, metric]));
  return new MathExpression({ expression: `${how}(METRICS())`, usingMetrics, period: MINUTE });
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
