import { Duration } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { advanceEnv } from '#functions/advance/env';
import { apiEnv } from '#functions/api/env';
import { chartsEnv } from '#functions/charts/env';
import { installationEnv } from '#functions/env';
import { executorEnv } from '#functions/executor/env';
import { sweeperEnv, takeOverEnv } from '#functions/sweeper/env';
import type { FlowbeatProps } from '#infra/flowbeat';
import { HANDLERS, type Resource, resourcesOf, templateOf } from './support/synthesize.ts';

const template = templateOf({ handlers: HANDLERS });
const functions = resourcesOf(template, 'AWS::Lambda::Function');

/** What each function reads of its environment. */
const SCHEMAS: Readonly<Record<string, z.ZodObject>> = {
  Api: apiEnv,
  Advance: advanceEnv,
  Executor: executorEnv,
  Tick: installationEnv,
  Sweeper: sweeperEnv,
  PlatformEvents: takeOverEnv,
  Charts: chartsEnv,
};

const functionOf = (name: string): Resource => functions.find(([id]) => id.startsWith(`FlowbeatFunctions${name}`))![1];

/** What a template's environment is like once it is deployed: each reference a text. */
function environmentOf(name: string): Record<string, string> {
  const { Variables } = functionOf(name).Properties.Environment as { Variables: Record<string, unknown> };
  return Object.fromEntries(
    Object.entries(Variables).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

describe('functions', () => {
  test('are all there, and no other', () => {
    expect(functions).toHaveLength(Object.keys(SCHEMAS).length);
  });

  test.each(Object.entries(SCHEMAS))(
    '%s is told what its schema asks for, and nothing else of ours',
    (name, schema) => {
      const environment = environmentOf(name);
      const ours = Object.fromEntries(Object.entries(environment).filter(([key]) => key.startsWith('FLOWBEAT_')));
      expect(() => schema.strict().parse(ours)).not.toThrow();
      for (const key of Object.keys(environment)) expect(key).toMatch(/^(FLOWBEAT|POWERTOOLS)_/);
    },
  );

  test('the sweeper is told how long runs stay in the table', () => {
    const told = (props: FlowbeatProps) => {
      const [[, { Properties }]] = resourcesOf(templateOf(props), 'AWS::Lambda::Function').filter(([id]) =>
        id.includes('Sweeper'),
      ) as [[string, Resource]];
      const { Variables } = Properties.Environment as { Variables: Record<string, string> };
      return sweeperEnv.shape.FLOWBEAT_RETENTION_DAYS.parse(Variables.FLOWBEAT_RETENTION_DAYS);
    };
    expect(told({})).toBe(90);
    expect(told({ retention: Duration.days(400) })).toBe(400);
    expect(told({ retention: 'keep' })).toBe(0);
    expect(told({ retention: Duration.days(0) })).toBe(0);
    for (const retention of [Duration.days(14), Duration.hours(361)])
      expect(() => told({ retention })).toThrow('whole days, 15 at least');
  });

  test('run on arm64 with Node 24, and log as JSON what somebody should read', () => {
    for (const [, { Properties }] of functions) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'WARN' },
      });
    }
  });

  test('have logs that are forgotten after a week, unless said otherwise', () => {
    const groups = resourcesOf(template, 'AWS::Logs::LogGroup');
    expect(groups).toHaveLength(functions.length);
    for (const [, { Properties }] of groups) expect(Properties.RetentionInDays).toBe(7);
  });

  test('are not there to run handlers where there are none', () => {
    const without = templateOf();
    expect(
      resourcesOf(without, 'AWS::Lambda::Function')
        .map(([id]) => id)
        .join(),
    ).not.toContain('Executor');
    without.resourceCountIs('AWS::Lambda::EventSourceMapping', 3);
  });
});

test('queues feed functions, which say one by one what was dealt with, a few at a time', () => {
  const mappings = resourcesOf(templateOf({ handlers: HANDLERS, concurrency: 4 }), 'AWS::Lambda::EventSourceMapping');
  for (const [, { Properties }] of mappings) {
    expect(Properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
    const { MaximumConcurrency } = Properties.ScalingConfig as { MaximumConcurrency: number };
    expect(MaximumConcurrency).toBeLessThanOrEqual(4);
  }
});

describe('rules', () => {
  test('call the tick and the sweeper each minute, and not later', () => {
    for (const name of ['Tick', 'Sweeper']) {
      const [, { Properties }] = resourcesOf(template, 'AWS::Events::Rule').find(([id]) =>
        id.includes(`Rules${name}`),
      )!;
      expect(Properties.ScheduleExpression).toBe('rate(1 minute)');
      expect(Properties.Targets).toMatchObject([
        { RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 1 } },
      ]);
    }
  });

  test('hear of tasks and instances that end or are about to', () => {
    const patterns = resourcesOf(template, 'AWS::Events::Rule').flatMap(
      ([, { Properties }]) => Properties.EventPattern ?? [],
    );
    expect(patterns).toEqual(
      expect.arrayContaining([
        { source: ['aws.ecs'], 'detail-type': ['ECS Task State Change'], detail: { desiredStatus: ['STOPPED'] } },
        {
          source: ['aws.ec2'],
          'detail-type': ['EC2 Instance State-change Notification'],
          detail: { state: ['stopped', 'terminated'] },
        },
        {
          source: ['aws.ec2'],
          'detail-type': ['EC2 Spot Instance Interruption Warning', 'EC2 Instance Rebalance Recommendation'],
        },
      ]),
    );
    expect(patterns).toHaveLength(3);
  });

  test('on an emulator hear also of a source of ours, since nobody may speak in the name of AWS', () => {
    templateOf({}, { local: '1' }).hasResourceProperties('AWS::Events::Rule', {
      EventPattern: Match.objectLike({ source: ['aws.ecs', 'flowbeat.ecs'] }),
    });
  });
});
