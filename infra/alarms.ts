import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { METRICS, METRICS_NAMESPACE } from '#adapters/powertools/metric-names';
import type { Discovered } from '#infra/discovery';
import type { Functions } from '#infra/functions';
import type { Queues } from '#infra/queues';
import type { State } from '#infra/state';
import { ADVANCE_QUEUE, CONTROL_QUEUE } from '#ports/message';

/** `critical`: runs stand still or are lost, wake somebody. `warning`: look in the morning. */
export type Severity = 'critical' | 'warning';

/** What is watched. */
export interface Watched {
  readonly name: string;
  readonly state: State;
  readonly queues: Queues;
  readonly functions: Functions;
}

/** What alarms are made of and for. */
interface AlarmsProps extends Watched {
  readonly discovered: Discovered;
  /** Whom they tell; nobody where undefined. */
  readonly topic: ITopic | undefined;
}

/** An alarm: its section of the runbook has its key for an anchor. */
interface AlarmSpec {
  readonly severity: Severity;
  /** What has happened, in a sentence. */
  readonly says: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** Minutes, each of which must be bad. */
  readonly minutes: number;
  /** Its section of the runbook, where that is not its own name. */
  readonly section?: string;
  /** What a minute without data means: nothing, where nothing happened; the worst, where something happens each minute. */
  readonly silenceIsBad?: boolean;
}

/** Where each alarm is explained. */
export const RUNBOOK = 'docs/runbook.md';

/** The alarms of an installation, ten cents a month each: so each metric is one that AWS counts for nothing, or that has values only when something is wrong. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, { topic, ...watched }: AlarmsProps) {
    super(scope, id);
    for (const [key, spec] of Object.entries(specs(watched))) {
      const alarm = new Alarm(this, key, {
        alarmName: `${watched.name}-${key}`,
        alarmDescription: `[${spec.severity}] ${spec.says} What to do: ${RUNBOOK}#${spec.section ?? key}`,
        metric: spec.metric,
        threshold: spec.threshold,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        evaluationPeriods: spec.minutes,
        treatMissingData: spec.silenceIsBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
      });
      if (topic) {
        alarm.addAlarmAction(new SnsAction(topic));
        alarm.addOkAction(new SnsAction(topic));
      }
    }
  }
}

const MINUTE = Duration.minutes(1);
const HOUR_MINUTES = 60;
/** A message of our own queues is dealt with in a minute or comes back in fifteen. */
const OLD_SECONDS = 20 * 60;
/** What is told is what is certain, by answers that tell whole seconds: such a clock is off by so much at least. */
const SKEWED_MS = 1_000;
/** Workers may start from none. */
const WAITING_SECONDS = 30 * 60;

function specs({ name, state, queues, functions, discovered }: Omit<AlarmsProps, 'topic'>): Record<string, AlarmSpec> {
  const looksForHosts = discovered.cluster !== undefined || discovered.instances;
  const { tick, sweeper, advance, api, executor } = functions;
  return {
    'tick-silent': silent(tick, 'Nothing is sent when it is due: waits and schedules stand still.'),
    'sweeper-silent': silent(sweeper, 'Nobody looks for dead workers: their flows are not taken over.'),
    'dead-letters': {
      severity: 'critical',
      says: 'Messages came back a thousand times, or cannot be read.',
      metric: queues.dead.metricApproximateNumberOfMessagesVisible({ period: MINUTE, statistic: Stats.MAXIMUM }),
      threshold: 1,
      minutes: 1,
    },
    'advance-failing': failing(advance, 'critical', 'Flows that need no worker are not advanced.'),
    'api-failing': failing(api, 'critical', 'The API answers with errors of its own.'),
    ...(executor && { 'executor-failing': failing(executor, 'warning', 'The Lambda that runs handlers breaks off.') }),
    'advance-queue-old': old(queues, ADVANCE_QUEUE, OLD_SECONDS, 'Flows that need no worker wait.'),
    'control-queue-old': old(queues, CONTROL_QUEUE, OLD_SECONDS, 'Cancels and pauses are not carried out.'),
    ...Object.fromEntries(
      queues.names
        .filter((queue) => !queue.startsWith('_'))
        .map((queue) => [
          `queue-old-${queue}`,
          {
            ...old(queues, queue, WAITING_SECONDS, `Flows on the queue ${queue} wait for a worker.`),
            section: 'queue-old',
          },
        ]),
    ),
    'table-throttled': {
      severity: 'warning',
      says: 'DynamoDB refuses writes: too many to one partition, or more than the account may.',
      metric: new Metric({
        namespace: 'AWS/DynamoDB',
        metricName: 'WriteThrottleEvents',
        dimensionsMap: { TableName: state.table.tableName },
        statistic: Stats.SUM,
        period: MINUTE,
      }),
      threshold: 10,
      minutes: 5,
    },
    'flows-left-behind': own(name, METRICS.left, 'warning', 'The census found flows that nobody looked after.'),
    'automation-braked': own(
      name,
      METRICS.braked,
      'critical',
      'Nothing is taken over: the brake of all automation is on.',
    ),
    'clock-skew': {
      ...own(name, METRICS.skew, 'warning', 'The clock of a worker or a function is a second or more off.'),
      threshold: SKEWED_MS,
    },
    'flows-parked': own(name, METRICS.parked, 'warning', 'Flows were parked: no worker survives what they do.'),
    ...(looksForHosts && {
      'workers-unseen': own(
        name,
        METRICS.unseen,
        'warning',
        'A task or an instance that should have a worker has none.',
      ),
    }),
  };
}

/** A function that runs each minute: failures and silence are the same. */
const silent = (each: LambdaFunction, says: string): AlarmSpec => ({
  severity: 'critical',
  says,
  metric: each.metricErrors({ period: MINUTE, statistic: Stats.SUM }),
  threshold: 1,
  minutes: 5,
  silenceIsBad: true,
});

const failing = (each: LambdaFunction, severity: Severity, says: string): AlarmSpec => ({
  severity,
  says,
  metric: each.metricErrors({ period: MINUTE, statistic: Stats.SUM }),
  threshold: 3,
  minutes: 5,
});

const old = (queues: Queues, queue: string, seconds: number, says: string): AlarmSpec => ({
  severity: 'warning',
  says,
  metric: queues.of(queue).metricApproximateAgeOfOldestMessage({ period: MINUTE, statistic: Stats.MAXIMUM }),
  threshold: seconds,
  minutes: 5,
});

/** A metric of ours that has values only when there is something to tell: one that says zero each minute would cost $0.30 a month. */
const own = (name: string, metricName: string, severity: Severity, says: string): AlarmSpec => ({
  severity,
  says,
  metric: new Metric({
    namespace: METRICS_NAMESPACE,
    metricName,
    dimensionsMap: { service: name },
    statistic: Stats.MAXIMUM,
    period: Duration.minutes(HOUR_MINUTES),
  }),
  threshold: 1,
  minutes: 1,
});
