/** What an installation costs a month, item by item, from its synthesized template and what was counted. A pure function: no account is asked. */
import { MONTH_HOURS, PRICES } from './prices.ts';

/** A synthesized template, as far as costs are read from it. */
export interface CostTemplate {
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>
  >;
}

/** What is done without any run: counted by the bench, or as assumed there. */
export interface Usage {
  /** Workers that beat. */
  readonly workers: number;
  readonly windowMs: number;
  /** Write units of one beat: its lease's item, in KB, rounded up. */
  readonly beatUnits: number;
  /** Of one sweep between those of the rule, every 5 s while there are workers: a look at all leases, and notes of it. */
  readonly wake: Units;
  /** Of the tick and the sweep of a minute in which nothing is to be done. */
  readonly minute: Units;
  /** Seconds that a warm call by the clock takes. */
  readonly callSeconds: number;
  /** Data in the table, in GB. */
  readonly tableGb: number;
}

/** DynamoDB's units. */
export interface Units {
  readonly reads: number;
  readonly writes: number;
}

/** One line of the bill. */
export interface Item {
  readonly name: string;
  readonly count: number;
  readonly unit: string;
  readonly dollars: number;
}

const MINUTES = MONTH_HOURS * 60;
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
  const units = (what: keyof Units) => MINUTES * usage.minute[what] + wakes * usage.wake[what];
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
    item('reads of tick and sweeper', units('reads'), 'units', PRICES.readUnit),
    item('notes of the sweeper', units('writes'), 'units', PRICES.writeUnit),
    item('queues kept measured', measured(of('AWS::Lambda::Function')) * MONTH_HOURS, 'requests', PRICES.sqsRequest),
    item('beats', beats * usage.beatUnits, 'units', PRICES.writeUnit),
    item('storage', usage.tableGb * of('AWS::DynamoDB::GlobalTable').length, 'GB', PRICES.storedGbMonth),
    item(
      'point-in-time recovery',
      usage.tableGb * recovered(of('AWS::DynamoDB::GlobalTable')),
      'GB',
      PRICES.recoveryGbMonth,
    ),
    item('logs (functions say nothing while all is well)', 0, 'GB', PRICES.logGb),
    item('interface endpoints, by zone', zones * MONTH_HOURS, 'hours', PRICES.interfaceEndpointHour),
    item('NAT gateways', of('AWS::EC2::NatGateway').length * MONTH_HOURS, 'hours', PRICES.natGatewayHour),
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

/** The queues that the sweeper asks each hour, for CloudWatch to go on measuring them. */
const measured = (functions: readonly Readonly<Record<string, unknown>>[]): number =>
  functions.reduce((sum, { Environment }) => {
    const { Variables = {} } = (Environment ?? {}) as { readonly Variables?: Readonly<Record<string, unknown>> };
    const queues = Variables.FLOWBEAT_MEASURED_QUEUES;
    return sum + (typeof queues === 'string' ? queues.split(',').length : 0);
  }, 0);

const recovered = (tables: readonly Readonly<Record<string, unknown>>[]): number =>
  tables.filter((table) => JSON.stringify(table).includes('"PointInTimeRecoveryEnabled":true')).length;
