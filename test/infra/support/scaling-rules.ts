/**
 * The alarms and step policies of a template, evaluated minute by minute on values that somebody else gives, as AWS documents it: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/
 * (alarm-evaluation, using-metric-math) and docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html. What it does not say is left out; see docs/open-points.md.
 */
import type { Template } from 'aws-cdk-lib/assertions';
import { resourcesOf } from '#test/infra/support/synthesize';

/** The values of a minute, by the metric's name and the queue's id in the template (or the service's, for what runs); absent: there is none. */
export type Values = (metric: string, dimensions: string) => number | undefined;

interface MetricQuery {
  readonly Id: string;
  readonly Expression?: string;
  readonly ReturnData: boolean;
  readonly MetricStat?: { readonly Metric: { readonly MetricName: string; readonly Dimensions: unknown } };
}

interface AlarmProperties {
  readonly AlarmActions: readonly { readonly Ref: string }[];
  readonly ComparisonOperator: string;
  readonly EvaluationPeriods: number;
  readonly Metrics?: readonly MetricQuery[];
  readonly MetricName?: string;
  readonly Dimensions?: unknown;
  readonly Threshold: number;
}

interface Step {
  readonly MetricIntervalLowerBound?: number;
  readonly MetricIntervalUpperBound?: number;
  readonly ScalingAdjustment: number;
}

interface Policy {
  readonly AdjustmentType: 'ChangeInCapacity' | 'PercentChangeInCapacity';
  readonly Cooldown: number;
  readonly MinAdjustmentMagnitude?: number;
  readonly StepAdjustments: readonly Step[];
}

/** CloudWatch looks at so many more periods than it needs, for what is late. */
const MORE_PERIODS = 2;

/** A service that is scaled. */
export class ScaledService {
  /** How many tasks there should be. */
  desired: number;
  readonly #min: number;
  readonly #max: number;
  readonly #alarms: readonly {
    readonly rule: AlarmProperties;
    readonly policy: Policy;
    readonly seen: (number | undefined)[];
  }[];
  #minute = 0;
  /** What the last step outwards added, and until when it counts. */
  #added = { count: 0, until: 0 };
  #nextIn = 0;

  constructor(template: Template) {
    const policies = new Map(resourcesOf(template, 'AWS::ApplicationAutoScaling::ScalingPolicy'));
    const [[, target] = []] = resourcesOf(template, 'AWS::ApplicationAutoScaling::ScalableTarget');
    this.#min = Number(target?.Properties.MinCapacity);
    this.#max = Number(target?.Properties.MaxCapacity);
    this.desired = this.#min;
    this.#alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm').flatMap(([, { Properties }]) => {
      const rule = Properties as unknown as AlarmProperties;
      const policy = policies.get(rule.AlarmActions?.[0]?.Ref ?? '')?.Properties.StepScalingPolicyConfiguration;
      return policy ? [{ rule, policy: policy as Policy, seen: [] }] : [];
    });
  }

  /** How many rules there are. */
  get rules(): number {
    return this.#alarms.length;
  }

  /** A minute has passed, and the values of an earlier one are known. An alarm that stays on acts each minute; of several the greatest count wins. */
  minute(values: Values): void {
    this.#minute++;
    const wanted = this.#alarms.flatMap(({ rule, policy, seen }) => {
      seen.push(valueIn(rule, values));
      const value = breaching(rule, seen);
      return value === undefined ? [] : (this.#count(policy, value - rule.Threshold) ?? []);
    });
    if (wanted.length > 0) this.#set(Math.max(...wanted.map(({ count }) => count)), wanted[0]!.cooldown);
  }

  #count(policy: Policy, over: number): { readonly count: number; readonly cooldown: number } | undefined {
    const step = policy.StepAdjustments.find(
      ({
        MetricIntervalLowerBound: low = Number.NEGATIVE_INFINITY,
        MetricIntervalUpperBound: high = Number.POSITIVE_INFINITY,
      }) => over >= low && (over < high || (low === Number.NEGATIVE_INFINITY && over <= high)),
    );
    if (!step) return undefined;
    const { ScalingAdjustment: adjustment } = step;
    // In a cooldown what was just added is part of what this step adds.
    const before = adjustment > 0 && this.#minute < this.#added.until ? this.desired - this.#added.count : this.desired;
    const exact = policy.AdjustmentType === 'ChangeInCapacity' ? adjustment : (before * adjustment) / 100;
    const rounded = Math.abs(exact) < 1 && exact !== 0 ? Math.sign(exact) : Math.trunc(exact);
    const change = Math.sign(adjustment) * Math.max(policy.MinAdjustmentMagnitude ?? 0, Math.abs(rounded));
    return { count: before + change, cooldown: policy.Cooldown / 60 };
  }

  #set(count: number, cooldown: number): void {
    const next = Math.min(this.#max, Math.max(this.#min, count));
    if (next > this.desired) {
      this.#added = { count: next - this.desired, until: this.#minute + cooldown };
      this.desired = next;
    } else if (next < this.desired && this.#minute >= this.#nextIn && this.#minute >= this.#added.until) {
      this.#nextIn = this.#minute + cooldown;
      this.desired = next;
    }
  }
}

function valueIn({ Metrics, MetricName, Dimensions }: AlarmProperties, values: Values): number | undefined {
  if (MetricName !== undefined) return values(MetricName, JSON.stringify(Dimensions));
  const inputs = (Metrics ?? []).flatMap(({ Id, MetricStat }) =>
    MetricStat
      ? [[Id, values(MetricStat.Metric.MetricName, JSON.stringify(MetricStat.Metric.Dimensions))] as const]
      : [],
  );
  const text = Metrics?.find(({ ReturnData }) => ReturnData)?.Expression ?? '';
  const there = inputs.flatMap(([, value]) => value ?? []);
  const scope = {
    IF: (test: boolean, yes: number, no: number) => (test ? yes : no),
    FILL: (value: number | undefined, other: number) => value ?? other,
    METRICS: () => there,
    SUM: (all: readonly number[]) => all.reduce((sum, one) => sum + one, 0),
    MAX: (all: readonly number[]) => Math.max(...all),
    ...Object.fromEntries(inputs),
  };
  const value: number = new Function(...Object.keys(scope), `return ${text};`)(...Object.values(scope));
  // What is made of a value that is missing is missing, and so is a quotient by zero.
  return Number.isFinite(value) ? value : undefined;
}

/** The value that an alarm acts on; undefined where it is not on. Of what it looks at the newest values count that are there; with fewer than it wants it is not on. */
function breaching(
  { ComparisonOperator, EvaluationPeriods, Threshold }: AlarmProperties,
  seen: readonly (number | undefined)[],
): number | undefined {
  const there = seen.slice(-(EvaluationPeriods + MORE_PERIODS)).filter((value) => value !== undefined);
  const newest = there.slice(-EvaluationPeriods);
  const isBad = (value: number) =>
    ComparisonOperator === 'GreaterThanOrEqualToThreshold' ? value >= Threshold : value <= Threshold;
  return newest.length === EvaluationPeriods && newest.every(isBad) ? newest.at(-1) : undefined;
}
