/** What an installation costs a month, item by item, from its synthesized template and what was counted. A pure function: no account is asked. */
import { HOURS, PRICES } from './aws-prices.ts';

/** A synthesized template, as far as costs are read from it. */
export interface CostTemplate {
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>
  >;
}

/** What is done without any run: counted by the bench, or as assumed here. */
export interface Usage {
  /** Workers that beat. */
  readonly workers: number;
  readonly windowMs: number;
  /** Write units of one beat: its lease's item, in KB, rounded up. */
  readonly beatUnits: number;
  /** Read units of one look at all leases, which the sweeper takes every 5 s while there are workers. */
  readonly lookUnits: number;
  /** Read units that the other workers need for watching, for each beat. */
  readonly watchUnits: number;
  /** Read units of one tick, and of one sweep of an idle installation. */
  readonly tickUnits: number;
  readonly sweepUnits: number;
  /** Seconds that a warm call by the clock takes. */
  readonly callSeconds: number;
  /** Data in the table, in GB. */
  readonly tableGb: number;
}

/** An idle installation: no workers, no runs. */
export const IDLE: Usage = {
  workers: 0,
  windowMs: 30_000,
  beatUnits: 1,
  lookUnits: 1,
  watchUnits: 0,
  tickUnits: 8,
  sweepUnits: 4,
  callSeconds: 0.1,
  tableGb: 0,
};

/** One line of the bill. */
export interface Item {
  readonly name: string;
  readonly count: number;
  readonly unit: string;
  readonly dollars: number;
}

const MINUTES = HOURS * 60;
/** Lambda looks at each queue with five connections, each waiting 20 s, also when nothing is there. */
const POLLS_A_MINUTE = 5 * 3;
const SWEEP_SECONDS = 5;
const BEATS_A_WINDOW = 3;
/** Each wake of the sweeper's own queue: sent, received, deleted. */
const REQUESTS_A_WAKE = 3;

/** The bill of a month. Free tiers are left out, but for that of dashboards, whose first three cost nothing. */
export function monthlyCost(template: CostTemplate, usage: Usage): readonly Item[] {
  const resources = Object.entries(template.Resources);
  const of = (type: string) =>
    resources.filter(([, { Type }]) => Type === type).map(([, { Properties = {} }]) => Properties);
  const calls = scheduledCalls(template);
  const wakes = usage.workers > 0 ? (MINUTES * 60) / SWEEP_SECONDS : 0;
  const sweeper = memoryGb(template, 'Sweeper');
  const beats = (usage.workers * MINUTES * 60_000 * BEATS_A_WINDOW) / usage.windowMs;
  const metrics = of('AWS::CloudWatch::Alarm').reduce((sum, alarm) => sum + metricsOf(alarm), 0);
  const endpoints = of('AWS::EC2::VPCEndpoint').filter(({ VpcEndpointType }) => VpcEndpointType === 'Interface');
  const zones = endpoints.reduce(
    (sum, { SubnetIds }) => sum + ((SubnetIds as readonly unknown[] | undefined)?.length ?? 1),
    0,
  );
  const reads = MINUTES * (usage.tickUnits + usage.sweepUnits) + wakes * usage.lookUnits + beats * usage.watchUnits;
  return [
    item('alarms, by metric', metrics, 'metrics', PRICES.alarmMetricMonth),
    item('dashboards (an account has three for nothing)', of('AWS::CloudWatch::Dashboard').length, 'dashboards', 0),
    item(
      'queues that Lambda looks at',
      of('AWS::Lambda::EventSourceMapping').length * POLLS_A_MINUTE * MINUTES,
      'requests',
      PRICES.sqsRequest,
    ),
    item('calls by the clock', calls.count, 'calls', PRICES.lambdaRequest),
    item('their time', calls.gb * usage.callSeconds, 'GB-s', PRICES.lambdaGbSecond),
    item("the sweeper's own wakes: calls", wakes, 'calls', PRICES.lambdaRequest),
    item("the sweeper's own wakes: time", wakes * sweeper * usage.callSeconds, 'GB-s', PRICES.lambdaGbSecond),
    item("the sweeper's own wakes: messages", wakes * REQUESTS_A_WAKE, 'requests', PRICES.sqsRequest),
    item('reads of tick, sweeper and watchers', reads, 'units', PRICES.readUnit),
    item('beats', beats * usage.beatUnits, 'units', PRICES.writeUnit),
    item('storage', usage.tableGb * of('AWS::DynamoDB::GlobalTable').length, 'GB', PRICES.tableGbMonth),
    item(
      'point-in-time recovery',
      usage.tableGb * recovered(of('AWS::DynamoDB::GlobalTable')),
      'GB',
      PRICES.recoveryGbMonth,
    ),
    item('logs (functions say nothing while all is well)', 0, 'GB', PRICES.logGb),
    item('interface endpoints, by zone', zones * HOURS, 'hours', PRICES.interfaceEndpointHour),
    item('NAT gateways', of('AWS::EC2::NatGateway').length * HOURS, 'hours', PRICES.natGatewayHour),
    item('keys', of('AWS::KMS::Key').length, 'keys', PRICES.keyMonth),
  ];
}

/** The sum of a bill. */
export const totalOf = (items: readonly Item[]): number => items.reduce((sum, { dollars }) => sum + dollars, 0);

/** A bill as text, without what costs nothing because there is none of it. */
export const billText = (items: readonly Item[]): string =>
  [...items.filter(({ count }) => count > 0).map(lineOf), `${totalOf(items).toFixed(2).padStart(8)}  in all`].join(
    '\n',
  );

const lineOf = ({ name, count, unit, dollars }: Item): string =>
  `${dollars.toFixed(2).padStart(8)}  ${name}: ${Math.round(count).toLocaleString('en-US')} ${unit}`;

const item = (name: string, count: number, unit: string, price: number): Item => ({
  name,
  count,
  unit,
  dollars: count * price,
});

/** An alarm pays for each metric that it looks at; one over an expression for each that goes into it. */
function metricsOf({ Metrics }: Readonly<Record<string, unknown>>): number {
  if (!Array.isArray(Metrics)) return 1;
  return (Metrics as { MetricStat?: unknown }[]).filter(({ MetricStat }) => MetricStat !== undefined).length;
}

/** Calls by rules of the clock, and the memory that they hold, call by call. */
function scheduledCalls(template: CostTemplate): { readonly count: number; readonly gb: number } {
  let count = 0;
  let gb = 0;
  for (const { Type, Properties = {} } of Object.values(template.Resources)) {
    if (Type !== 'AWS::Events::Rule' || Properties.ScheduleExpression === undefined) continue;
    if (Properties.ScheduleExpression !== 'rate(1 minute)')
      throw new Error(`${Properties.ScheduleExpression} is not counted.`);
    for (const { Arn } of Properties.Targets as { Arn: { 'Fn::GetAtt': [string] } }[]) {
      count += MINUTES;
      gb += MINUTES * memoryOf(template, Arn['Fn::GetAtt'][0]);
    }
  }
  return { count, gb };
}

const memoryOf = (template: CostTemplate, id: string): number =>
  Number(template.Resources[id]?.Properties?.MemorySize ?? 128) / 1024;

const memoryGb = (template: CostTemplate, name: string): number =>
  memoryOf(
    template,
    Object.keys(template.Resources).find(
      (id) => id.includes(`Functions${name}`) && template.Resources[id]!.Type === 'AWS::Lambda::Function',
    ) ?? '',
  );

const recovered = (tables: readonly Readonly<Record<string, unknown>>[]): number =>
  tables.filter((table) => JSON.stringify(table).includes('"PointInTimeRecoveryEnabled":true')).length;
