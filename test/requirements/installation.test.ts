/** What `flowbeat/cdk` makes as a user asks for it. There is no account here: its template is read. */
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { describe, expect, test } from 'vitest';
import { Flowbeat, type FlowbeatProps } from '#infra/index';
import { awsServer } from '#test/cli/aws/aws-server';
import { useAwsEnvironment } from '#test/cli/aws/environment';
import { ScaledService } from '#test/infra/support/scaling-rules';
import { ServedQueue } from '#test/infra/support/served-queue';
import { CONTEXT, HANDLERS, resourcesOf } from '#test/infra/support/synthesize';
import { commandLine } from '../cli/command-line.ts';

const image = ContainerImage.fromRegistry('registry.example/workers:1');

function template(props: FlowbeatProps): Template {
  const stack = new Stack(new App({ context: CONTEXT }), 'Jobs');
  new Flowbeat(stack, 'Flowbeat', props);
  return Template.fromStack(stack);
}

const subnetsOf = (made: Template) =>
  new Map(resourcesOf(made, 'AWS::EC2::Subnet').map(([id, { Properties }]) => [id, Properties.AvailabilityZone]));

test('FX-20: an installation that is to be private has no way to or from the internet, and reaches AWS from its own network', () => {
  const made = template({
    handlers: HANDLERS,
    queues: { gpu: { servedBy: 'workers' } },
    workers: { image },
    network: { private: true },
  });
  for (const type of ['NatGateway', 'InternetGateway', 'EIP']) made.resourceCountIs(`AWS::EC2::${type}`, 0);
  made.hasResourceProperties('AWS::ECS::Service', {
    NetworkConfiguration: { AwsvpcConfiguration: Match.objectLike({ AssignPublicIp: 'DISABLED' }) },
  });
  for (const [, { Properties }] of resourcesOf(made, 'AWS::Lambda::Function')) {
    expect(Properties.VpcConfig).toMatchObject({ SubnetIds: [...subnetsOf(made).keys()].map((Ref) => ({ Ref })) });
  }
  // What functions and workers call, by names that stay within the network.
  const services = JSON.stringify(resourcesOf(made, 'AWS::EC2::VPCEndpoint').map(([, one]) => one.Properties));
  for (const service of ['dynamodb', 's3', 'sqs', 'events', 'lambda', 'logs', 'ecr.api', 'ecr.dkr']) {
    expect(services).toContain(`.${service}"`);
  }
});

test.each(['fargate', 'ec2'] as const)('XD-64: workers on %s are spread over two zones', (capacity) => {
  const made = template({ workers: { image, capacity } });
  const subnets = subnetsOf(made);
  expect(new Set([...subnets.values()].map((zone) => JSON.stringify(zone))).size).toBe(2);
  const all = [...subnets.keys()].map((Ref) => ({ Ref }));
  if (capacity === 'ec2') made.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', { VPCZoneIdentifier: all });
  else {
    made.hasResourceProperties('AWS::ECS::Service', {
      NetworkConfiguration: { AwsvpcConfiguration: Match.objectLike({ Subnets: all }) },
    });
  }
});

/** Made once: a synth takes seconds. */
let oneToTwentyMade: Template | undefined;
const oneToTwenty = (): Template => (oneToTwentyMade ??= template({ workers: { image, min: 1, max: 20 } }));

test('XD-6, XD-66: workers are a service that is kept running, and of which there are more while flows wait, and fewer when none does', () => {
  const made = oneToTwenty();
  made.hasResourceProperties('AWS::ECS::Service', { DesiredCount: 1 });
  made.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 1, MaxCapacity: 20 });
  const steps = resourcesOf(made, 'AWS::ApplicationAutoScaling::ScalingPolicy').flatMap(
    ([, { Properties }]) =>
      Properties.StepScalingPolicyConfiguration as { StepAdjustments: { ScalingAdjustment: number }[] },
  );
  const changes = steps.flatMap(({ StepAdjustments }) => StepAdjustments.map((step) => step.ScalingAdjustment));
  expect(changes.some((change) => change > 0)).toBe(true);
  expect(changes.some((change) => change < 0)).toBe(true);
  const metrics = JSON.stringify(resourcesOf(made, 'AWS::CloudWatch::Alarm').map(([, one]) => one.Properties));
  for (const name of ['ApproximateNumberOfMessagesVisible', 'ApproximateAgeOfOldestMessage']) {
    expect(metrics).toContain(name);
  }
});

test('XD-6: by the rules of the template, as AWS documents that it evaluates them, workers come with load and go without', () => {
  const made = template({ workers: { image, min: 0, max: 20 }, queues: { gpu: { servedBy: 'workers' } } });
  expect(new ScaledService(made).rules).toBe(4);
  const burst = new ServedQueue(new ScaledService(made));
  burst.pass(60);
  expect(Math.max(...burst.wanted)).toBe(0);
  burst.pass(1, 600);
  burst.pass(45);
  expect(burst.left).toBe(0);
  // The first one soon, then more and more, never too many, and none that comes back as soon as it went.
  expect(burst.wanted.findIndex((count) => count > 0)).toBeLessThan(60 + 5);
  expect(Math.max(...burst.wanted)).toBeGreaterThan(10);
  expect(Math.max(...burst.wanted)).toBeLessThanOrEqual(20);
  burst.pass(120);
  const peak = burst.wanted.lastIndexOf(Math.max(...burst.wanted));
  expect(burst.wanted.slice(0, peak)).toEqual(burst.wanted.slice(0, peak).toSorted((a, b) => a - b));
  expect(burst.wanted.slice(peak)).toEqual(burst.wanted.slice(peak).toSorted((a, b) => b - a));
  expect(burst.wanted.at(-1)).toBe(0);
  // What one worker does with ease brings no second; what needs four brings them, and they suffice.
  const steady = new ServedQueue(new ScaledService(oneToTwenty()));
  steady.pass(10);
  steady.pass(90, 2);
  expect(Math.max(...steady.wanted)).toBe(1);
  steady.pass(120, 12);
  expect(steady.wanted.at(-1)).toBeGreaterThanOrEqual(4);
  expect(steady.left).toBe(0);
  expect(steady.longestWait).toBeLessThan(20);
});

test('XD-66: elsewhere a worker is a service of the system that is started again and drains, by what its own command prints', async () => {
  const { run } = commandLine({ env: { AWS_REGION: 'eu-west-1' } });
  const asked = ['worker', '--stack', 'jobs', '--queue', 'gpu', '--drain', '+2m'];
  const unit = (await run(...asked, '--service', 'systemd')).out;
  const settings = new Map(unit.split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
  expect(settings.get('ExecStart')).toMatch(/ worker --stack jobs --queue gpu --drain \+2m$/);
  expect(Object.fromEntries(settings)).toMatchObject({
    Restart: 'on-failure',
    StartLimitIntervalSec: '0',
    KillSignal: 'SIGTERM',
    NoNewPrivileges: 'yes',
    WantedBy: 'multi-user.target',
  });
  expect(Number(settings.get('TimeoutStopSec'))).toBeGreaterThan(120);
  const windows = (await run(...asked, '--service', 'windows')).out;
  expect(windows).toContain('<argument>jobs</argument>');
  expect(windows).toContain('<onfailure action="restart"');
  expect(Number(/<stoptimeout>(\d+) sec/.exec(windows)?.[1])).toBeGreaterThan(120);
});

test('XD-24: the API takes no call without a signature, bucket and queues take none without TLS', () => {
  const made = template({});
  for (const [, { Properties }] of resourcesOf(made, 'AWS::ApiGatewayV2::Route')) {
    expect(Properties.AuthorizationType).toBe('AWS_IAM');
  }
  const policies = ['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy'].flatMap((type) => resourcesOf(made, type));
  const queues = resourcesOf(made, 'AWS::SQS::Queue');
  expect(policies).toHaveLength(queues.length + 1);
  for (const [, { Properties }] of policies) {
    expect(JSON.stringify(Properties)).toContain('"Effect":"Deny"');
    expect(JSON.stringify(Properties)).toContain('{"Bool":{"aws:SecureTransport":"false"}}');
  }
});

describe('with credentials', () => {
  useAwsEnvironment();

  test('XD-24: the command line signs its calls, and is told where a signature is not accepted', async () => {
    await using server = await awsServer(() => ({ status: 200, body: '{"items":[]}' }));
    const { run } = commandLine({ env: { AWS_REGION: 'eu-west-1' }, fetch: (url, init) => fetch(url, init) });
    const list = (...more: string[]) => run('runs', 'list', '--endpoint', server.url, ...more);
    expect((await list('--sign')).exit).toBe(0);
    expect((await list()).err).toContain('Missing Authentication Token');
    process.env.AWS_SECRET_ACCESS_KEY = 'another';
    expect((await list('--sign')).exit).toBe(2);
  });
});
