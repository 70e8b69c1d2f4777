import { Match } from 'aws-cdk-lib/assertions';
import { InstanceType } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { describe, expect, test } from 'vitest';
import type { FlowbeatProps } from '#infra/flowbeat';
import { installation, type Resource, resourcesOf, templateOf } from './support/synthesize.ts';

const image = ContainerImage.fromRegistry('registry.example/workers:1');
const PROPS: FlowbeatProps = {
  queues: { gpu: { servedBy: 'workers' } },
  workers: { image, handlers: ['./handlers.js'], min: 1, max: 20, places: 4 },
};

interface Container {
  readonly Command: readonly unknown[];
  readonly StopTimeout: number;
  readonly Environment: readonly { readonly Name: string; readonly Value: unknown }[];
}

const containerOf = (template: ReturnType<typeof templateOf>): Container => {
  const [[, { Properties }]] = resourcesOf(template, 'AWS::ECS::TaskDefinition') as [[string, Resource]];
  return (Properties as unknown as { ContainerDefinitions: [Container] }).ContainerDefinitions[0];
};

test('without workers there is no network and no cluster: zero workers are a valid installation', () => {
  const template = templateOf();
  for (const type of ['AWS::EC2::VPC', 'AWS::ECS::Cluster', 'AWS::ECS::Service']) template.resourceCountIs(type, 0);
});

describe('workers on Fargate', () => {
  const template = templateOf(PROPS);

  test('are told where the state is, which queues they serve, and the window of all', () => {
    const { Command, Environment } = containerOf(template);
    expect(Command.slice(0, 4)).toEqual(['worker', '--json', '--store', 'dynamodb']);
    const given = (option: string) => Command.filter((_, i) => Command[i - 1] === option);
    expect(given('--table')).toEqual([{ Ref: expect.stringContaining('FlowbeatStateTable') }]);
    expect(given('--queue-prefix')).toEqual(['test-']);
    expect(given('--window')).toEqual(['+30000ms']);
    expect(given('--places')).toEqual(['4']);
    expect(given('--queue')).toEqual(['default', 'gpu']);
    expect(given('--handlers')).toEqual(['./handlers.js']);
    expect(Environment).toContainEqual({ Name: 'AWS_REGION', Value: 'us-east-1' });
  });

  test("are in a cluster of the installation's name, which the sweeper is told of", () => {
    template.hasResourceProperties('AWS::ECS::Cluster', { ClusterName: 'test' });
    const [, sweeper] = resourcesOf(template, 'AWS::Lambda::Function').find(([id]) => id.includes('FunctionsSweeper'))!;
    const { Variables } = sweeper.Properties.Environment as { Variables: Record<string, unknown> };
    expect(JSON.stringify(Variables.FLOWBEAT_CLUSTER)).toContain(':cluster/test');
    const { Command } = containerOf(template);
    expect(Variables.FLOWBEAT_HEALTH_PORT).toBe(Command[Command.indexOf('--health-port') + 1]);
    expect(Variables.FLOWBEAT_INSTANCES).toBeUndefined();
  });

  test('have two minutes to drain', () => {
    const { Command, StopTimeout } = containerOf(template);
    expect(StopTimeout).toBe(120);
    expect(Command[Command.indexOf('--drain') + 1]).toBe('+110s');
  });

  test('grow with what waits and with its age, and go when nothing waits, between the bounds', () => {
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 1, MaxCapacity: 20 });
    template.resourceCountIs('AWS::ApplicationAutoScaling::ScalingPolicy', 4);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Metrics: Match.arrayWith([Match.objectLike({ Expression: '(q0 + q1) / running' })]),
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      EvaluationPeriods: 15,
      ComparisonOperator: 'LessThanOrEqualToThreshold',
      Threshold: 0,
    });
  });

  test('begin with one when anything waits and none runs, and not with a second before the first is there', () => {
    const [[id, alarm]] = resourcesOf(template, 'AWS::CloudWatch::Alarm').filter(([, { Properties }]) =>
      JSON.stringify(Properties.Metrics ?? '').includes('IF(FILL(running, 0) > 0, 0, q0 + q1)'),
    ) as [[string, Resource]];
    expect(alarm.Properties).toMatchObject({
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Threshold: 1,
      EvaluationPeriods: 1,
    });
    const [{ Ref }] = alarm.Properties.AlarmActions as [{ Ref: string }];
    expect(template.findResources('AWS::ApplicationAutoScaling::ScalingPolicy')[Ref]!.Properties, id).toMatchObject({
      StepScalingPolicyConfiguration: {
        AdjustmentType: 'ChangeInCapacity',
        Cooldown: 300,
        StepAdjustments: [{ ScalingAdjustment: 1 }],
      },
    });
  });

  test('have the queues that they serve measured while nothing happens, by the sweeper alone, which may ask them', () => {
    const told = resourcesOf(template, 'AWS::Lambda::Function').flatMap(([id, { Properties }]) => {
      const { Variables } = Properties.Environment as { Variables: Record<string, unknown> };
      return Variables.FLOWBEAT_MEASURED_QUEUES === undefined ? [] : [[id, Variables.FLOWBEAT_MEASURED_QUEUES]];
    });
    expect(told).toEqual([[expect.stringContaining('Sweeper'), 'default,gpu']]);
    template.hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: Match.stringLikeRegexp('Sweeper') }],
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([
          {
            Action: 'sqs:GetQueueAttributes',
            Effect: 'Allow',
            Resource: [
              { 'Fn::GetAtt': [Match.stringLikeRegexp('Queuedefault'), 'Arn'] },
              { 'Fn::GetAtt': [Match.stringLikeRegexp('Queuegpu'), 'Arn'] },
            ],
          },
        ]),
      }),
    });
  });

  test('stand in a network without NAT, reach DynamoDB and S3 by endpoints that cost nothing, and let nobody in', () => {
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 2);
    template.hasResourceProperties('AWS::EC2::SecurityGroup', { SecurityGroupIngress: Match.absent() });
    template.hasResourceProperties('AWS::ECS::Service', {
      CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE', Weight: 1 }],
      NetworkConfiguration: { AwsvpcConfiguration: Match.objectLike({ AssignPublicIp: 'ENABLED' }) },
    });
  });
});

test('workers on Spot are of that capacity', () => {
  templateOf({ workers: { image, capacity: 'fargate-spot' } }).hasResourceProperties('AWS::ECS::Service', {
    CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE_SPOT', Weight: 1 }],
  });
});

test('workers on EC2 stand on instances that ECS starts and ends, from none, with IMDSv2 within reach of containers', () => {
  const template = templateOf({ workers: { image, capacity: 'ec2', instanceType: new InstanceType('c7g.large') } });
  template.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', { MinSize: '0', MaxSize: '10' });
  template.hasResourceProperties('AWS::EC2::LaunchTemplate', {
    LaunchTemplateData: Match.objectLike({
      InstanceType: 'c7g.large',
      MetadataOptions: Match.objectLike({ HttpTokens: 'required', HttpPutResponseHopLimit: 2 }),
    }),
  });
  template.hasResourceProperties('AWS::ECS::CapacityProvider', {
    AutoScalingGroupProvider: Match.objectLike({ ManagedScaling: Match.objectLike({ Status: 'ENABLED' }) }),
  });
  template.hasResourceProperties('AWS::ECS::TaskDefinition', {
    NetworkMode: 'bridge',
    RequiresCompatibilities: ['EC2'],
  });
});

test('a private installation reaches AWS by endpoints, which answer its workers and functions alone', () => {
  const template = templateOf({ workers: { image }, network: { private: true } });
  const types = resourcesOf(template, 'AWS::EC2::VPCEndpoint').map(([, { Properties }]) => Properties.VpcEndpointType);
  expect(types.filter((type) => type === 'Gateway')).toHaveLength(2);
  expect(types.filter((type) => type === 'Interface')).toHaveLength(6);
  const ingress = resourcesOf(template, 'AWS::EC2::SecurityGroup').flatMap(
    ([, { Properties }]) => Properties.SecurityGroupIngress ?? [],
  );
  const workers = { 'Fn::GetAtt': [expect.stringContaining('FlowbeatNetworkWorkers'), 'GroupId'] };
  expect(ingress).toMatchObject([{ FromPort: 443, ToPort: 443, SourceSecurityGroupId: workers }]);
});

test('on an emulator workers are not scaled', () => {
  const template = templateOf(PROPS, { local: '1' });
  template.resourceCountIs('AWS::ApplicationAutoScaling::ScalingPolicy', 0);
  template.resourceCountIs('AWS::ECS::Service', 1);
});

test.each([
  ['a queue that is not there', { workers: { image, queues: ['cpu'] } }, 'There is no queue "cpu"'],
  ['bounds that cross', { workers: { image, min: 3, max: 2 } }, '`workers.min` is 3 and `workers.max` 2'],
])('%s is refused', (_, props, text) => {
  expect(() => installation(props)).toThrow(text);
});
