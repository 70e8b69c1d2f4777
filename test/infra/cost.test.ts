import { describe, expect, test } from 'vitest';
import { billText, type CostTemplate, monthlyCost, totalOf, type Usage } from '../../bench/aws/bill.ts';
import { HANDLERS, templateOf } from './support/synthesize.ts';

const template = templateOf({ handlers: HANDLERS }).toJSON() as CostTemplate;
const of = (items: ReturnType<typeof monthlyCost>, name: string) => items.find((item) => item.name.startsWith(name))!;

const IDLE: Usage = {
  workers: 0,
  windowMs: 30_000,
  beatUnits: 1,
  wake: { reads: 0, writes: 0 },
  minute: { reads: 8, writes: 2 },
  callSeconds: 0.1,
  tableGb: 0,
};

describe('an installation', () => {
  test('costs under $3 a month while it is idle, alarms and the polling of queues included', () => {
    const bill = monthlyCost(template, IDLE);
    expect(of(bill, 'alarms').count).toBeGreaterThanOrEqual(10);
    expect(of(bill, 'queues').dollars).toBeCloseTo(4 * 0.263, 1);
    expect(totalOf(bill), billText(bill)).toBeLessThan(3);
    expect(totalOf(bill), billText(bill)).toBeGreaterThan(1);
  });

  test('with 100 workers that beat costs under $25 a month more', () => {
    // A lease that lists 50 flows is under 1 KB packed; one look at 100 of them reads 25 units.
    const busy = { ...IDLE, workers: 100, wake: { reads: 25, writes: 7 } };
    const more = totalOf(monthlyCost(template, busy)) - totalOf(monthlyCost(template, IDLE));
    expect(more, billText(monthlyCost(template, busy))).toBeLessThan(25);
    expect(of(monthlyCost(template, busy), 'beats').dollars).toBeCloseTo((100 * 730 * 3600 * 0.1 * 0.625) / 1e6, 1);
  });

  test('pays for what is added to its template', () => {
    const added: CostTemplate = {
      Resources: {
        ...template.Resources,
        Nat: { Type: 'AWS::EC2::NatGateway' },
        Key: { Type: 'AWS::KMS::Key' },
        Math: {
          Type: 'AWS::CloudWatch::Alarm',
          Properties: { Metrics: [{ Expression: 'a / b' }, { MetricStat: {} }, { MetricStat: {} }] },
        },
      },
    };
    expect(totalOf(monthlyCost(added, IDLE)) - totalOf(monthlyCost(template, IDLE))).toBeCloseTo(0.045 * 730 + 1 + 0.2);
  });

  test('is not counted where a rule calls at another rate', () => {
    const Rule = { Type: 'AWS::Events::Rule', Properties: { ScheduleExpression: 'rate(1 hour)', Targets: [] } };
    expect(() => monthlyCost({ Resources: { Rule } }, IDLE)).toThrow('is not counted');
  });
});
