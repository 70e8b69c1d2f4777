import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IWidget, type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Watched } from '#infra/alarms';
import { DEAD_LETTERS } from '#infra/names';

const MINUTE = Duration.minutes(1);
/** Columns of a dashboard's 24 that a graph takes. */
const WIDTH = 12;

/** What an operator looks at first: what waits, what runs, what fails, and what is paid for. All of it are metrics that cost nothing. */
export class FlowbeatDashboard extends Construct {
  constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id);
    new Dashboard(this, 'Dashboard', {
      dashboardName: watched.name,
      defaultInterval: Duration.hours(3),
      widgets: rows(watched),
    });
  }
}

function rows({ queues, functions, state }: Watched): IWidget[][] {
  const { api, advance, executor, tick, sweeper, platformEvents } = functions;
  const all = { api, advance, ...(executor && { executor }), tick, sweeper, 'platform-events': platformEvents };
  const options = { period: MINUTE, statistic: Stats.MAXIMUM };
  return [
    [
      graph('Messages that wait', [
        ...queues.names.map((name) =>
          queues.of(name).metricApproximateNumberOfMessagesVisible({ ...options, label: name }),
        ),
        queues.dead.metricApproximateNumberOfMessagesVisible({ ...options, label: DEAD_LETTERS }),
      ]),
      graph(
        'Age of the oldest message, seconds',
        queues.names.map((name) => queues.of(name).metricApproximateAgeOfOldestMessage({ ...options, label: name })),
      ),
    ],
    [
      graph(
        'Calls of functions',
        ofEach(all, (each, label) => each.metricInvocations({ period: MINUTE, label })),
      ),
      graph(
        'Errors of functions',
        ofEach(all, (each, label) => each.metricErrors({ period: MINUTE, label })),
      ),
    ],
    [
      graph(
        'Duration of functions, p99',
        ofEach(all, (each, label) => each.metricDuration({ period: MINUTE, statistic: Stats.p(99), label })),
      ),
      graph('DynamoDB units', [
        state.table.metricConsumedWriteCapacityUnits({ period: MINUTE, statistic: Stats.SUM, label: 'write units' }),
        state.table.metricConsumedReadCapacityUnits({ period: MINUTE, statistic: Stats.SUM, label: 'read units' }),
      ]),
    ],
  ];
}

const graph = (title: string, left: Metric[]): IWidget => new GraphWidget({ title, left, width: WIDTH });

const ofEach = (
  functions: Readonly<Record<string, LambdaFunction>>,
  metricOf: (each: LambdaFunction, label: string) => Metric,
): Metric[] => Object.entries(functions).map(([name, each]) => metricOf(each, name));
