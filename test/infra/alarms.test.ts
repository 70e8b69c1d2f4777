import { readFileSync } from 'node:fs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { METRICS, METRICS_NAMESPACE } from '#adapters/powertools/metric-names';
import { HANDLERS, installation, resourcesOf, templateOf } from './support/synthesize.ts';

const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
const template = templateOf({
  handlers: HANDLERS,
  queues: { gpu: { servedBy: 'workers' } },
  discovery: { instances: true },
});
const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm').map(
  ([, { Properties }]) =>
    Properties as unknown as { AlarmName: string; AlarmDescription: string; Namespace: string; MetricName: string },
);

/** A section of the runbook, without its heading. */
const section = (anchor: string): string | undefined =>
  runbook
    .split(/^## /m)
    .find((part) => part.startsWith(`${anchor}\n`))
    ?.slice(anchor.length);

describe('each alarm', () => {
  test('is there', () => {
    expect(alarms.map(({ AlarmName }) => AlarmName).sort()).toMatchInlineSnapshot(`
      [
        "test-advance-failing",
        "test-advance-queue-old",
        "test-api-failing",
        "test-automation-braked",
        "test-clock-skew",
        "test-control-queue-old",
        "test-dead-letters",
        "test-executor-failing",
        "test-flows-left-behind",
        "test-flows-parked",
        "test-queue-old-default",
        "test-queue-old-gpu",
        "test-sweeper-silent",
        "test-table-throttled",
        "test-tick-silent",
        "test-workers-unseen",
      ]
    `);
  });

  test.each(alarms.map((alarm) => [alarm.AlarmName, alarm] as const))(
    '%s has a severity and a section of the runbook',
    (name, { AlarmDescription }) => {
      const [, severity, anchor] =
        /^\[(\w+)\] .+\. What to do: docs\/runbook\.md#([\w-]+)$/.exec(AlarmDescription) ?? [];
      expect(['critical', 'warning']).toContain(severity);
      expect(name.replace(/^test-/, '').startsWith(anchor!)).toBe(true);
      const text = section(anchor!);
      expect(text).toContain(`*${severity}.*`);
      expect(text).toMatch(/\*\*(It means|Look at):\*\*/);
      expect(text).toContain('**Look at:**');
    },
  );

  test('looks at what AWS counts for nothing, or at a metric that the functions write', () => {
    const own = alarms.filter(({ Namespace }) => Namespace === METRICS_NAMESPACE);
    for (const { MetricName } of own) expect(Object.values(METRICS)).toContain(MetricName);
    const others = new Set(alarms.filter((alarm) => !own.includes(alarm)).map(({ Namespace }) => Namespace));
    expect([...others].sort()).toEqual(['AWS/DynamoDB', 'AWS/Lambda', 'AWS/SQS']);
  });
});

test('the runbook has no section without an alarm', () => {
  const sections = [...runbook.matchAll(/^## (.+)$/gm)].map(([, anchor]) => anchor!);
  for (const anchor of sections)
    expect(alarms.some(({ AlarmName }) => AlarmName.startsWith(`test-${anchor}`))).toBe(true);
});

test('alarms are told to a topic where there is one, and are left out by option', () => {
  const { app: _app, stack, template: made } = installation({ alarms: false, dashboard: false });
  made().resourceCountIs('AWS::CloudWatch::Alarm', 0);
  made().resourceCountIs('AWS::CloudWatch::Dashboard', 0);
  const topic = Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:us-east-1:123456789012:operators');
  for (const [, { Properties }] of resourcesOf(templateOf({ alarms: { topic } }), 'AWS::CloudWatch::Alarm')) {
    expect(Properties.AlarmActions).toEqual([topic.topicArn]);
  }
});
