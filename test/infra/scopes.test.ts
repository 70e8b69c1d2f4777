import { App, type Environment, Stack, Validations } from 'aws-cdk-lib';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import { Chart } from '#infra/chart';
import { Flowbeat, type FlowbeatProps, type Scopes } from '#infra/flowbeat';
import { CONTEXT, HANDLERS, type Resource } from './support/synthesize.ts';

const PARTS = ['state', 'queues', 'functions', 'api', 'workers', 'observability'] as const satisfies (keyof Scopes)[];
const image = ContainerImage.fromRegistry('registry.example/workers:1');
const env: Environment = { account: '123456789012', region: 'us-east-1' };

/** An installation with all parts, some of which are in stacks of their own. */
function split(parts: readonly (keyof Scopes)[], props: FlowbeatProps = {}, { beside = true } = {}) {
  const app = new App({ context: CONTEXT, analyticsReporting: false });
  const main = new Stack(app, 'main', { env });
  const scopes = Object.fromEntries(parts.map((part) => [part, new Stack(app, part, { env })]));
  const flowbeat = new Flowbeat(main, 'Flowbeat', {
    handlers: HANDLERS,
    queues: { gpu: { servedBy: 'workers' } },
    workers: { image },
    alarms: { topic: new Topic(main, 'Alarms', { enforceSSL: true }) },
    ...props,
    scopes,
  });
  if (beside) addBeside(main, flowbeat);
  return { app };
}

/** What a user puts beside it: a chart that calls a function of the first stack, and a topic that tasks may send to. */
function addBeside(main: Stack, flowbeat: Flowbeat): void {
  const mine = new LambdaFunction(main, 'Mine', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => 1;'),
  });
  new Chart(main, 'Call', { flowbeat, source: new LambdaInvoke(main, 'Invoke', { lambdaFunction: mine }) });
  const topic = new Topic(main, 'News', { enforceSSL: true });
  flowbeat.grantTasks((who) => topic.grantPublish(who));
}

interface SynthesizedResource extends Resource {
  readonly Properties: Record<string, unknown> & {
    readonly PolicyDocument?: { readonly Statement: readonly Statement[] };
  };
}

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

/** The resources and outputs of each stack, and the stacks that it must wait for. CDK refuses stacks that wait for each other. */
function synthesized({ app }: { readonly app: App }) {
  const { stacks } = app.synth();
  return new Map(
    stacks.map(({ id, template, dependencies }) => [
      id,
      {
        resources: Object.values((template.Resources ?? {}) as Record<string, SynthesizedResource>),
        outputs: (template.Outputs ?? {}) as Record<string, { Value: unknown; Export?: { Name: string } }>,
        after: dependencies.flatMap((one) => (one.id.endsWith('.assets') ? [] : [one.id])),
      },
    ]),
  );
}
type Stacks = ReturnType<typeof synthesized>;

const typesOf = (resources: readonly Resource[]) => new Set(resources.map(({ Type }) => Type));

/** All that policies allow, a line a pair of action and resource; what a stack takes from another is written as it is there. */
function rights(stacks: Stacks): string[] {
  const exported = new Map(
    [...stacks.values()].flatMap(({ outputs }) =>
      Object.values(outputs).flatMap(({ Value, Export }) => (Export ? [[Export.Name, Value] as const] : [])),
    ),
  );
  const text = (value: unknown): string => {
    if (typeof value === 'string') return value;
    const [[name, inside]] = Object.entries(value as Record<string, unknown>) as [[string, unknown]];
    if (name === 'Fn::ImportValue') return text(exported.get(inside as string));
    if (name === 'Fn::Join') return (inside as [string, unknown[]])[1].map(text).join('');
    const reference = name === 'Ref' ? String(inside) : (inside as string[]).join('.');
    return `<${reference.replace(/^Flowbeat/, '').replace(/[0-9A-F]{8}(?=\.|$)/, '')}>`;
  };
  const each = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);
  return [...stacks.values()]
    .flatMap(({ resources }) => resources)
    .filter(({ Type }) => Type === 'AWS::IAM::Policy')
    .flatMap(({ Properties }) => Properties.PolicyDocument?.Statement ?? [])
    .flatMap(({ Action, Resource: to }) => each(Action).flatMap((one) => each(to).map((it) => `${one} ${text(it)}`)))
    .sort();
}

const whole = synthesized(split([]));

describe('an installation with a stack for each of its parts', () => {
  const made = synthesized(split(PARTS));

  test.each([
    ['state', ['AWS::DynamoDB::GlobalTable', 'AWS::S3::Bucket']],
    ['queues', ['AWS::SQS::Queue', 'AWS::Events::EventBus']],
    ['functions', ['AWS::Lambda::Function', 'AWS::Lambda::EventSourceMapping', 'AWS::Events::Rule']],
    ['api', ['AWS::ApiGatewayV2::Api', 'AWS::ApiGatewayV2::Route']],
    ['workers', ['AWS::ECS::Cluster', 'AWS::ECS::Service', 'AWS::EC2::VPC']],
    ['observability', ['AWS::CloudWatch::Dashboard']],
  ])('has its %s in that stack, and nowhere else', (part, types) => {
    // The first stack has a function of the user's.
    const others = [...made].filter(([id]) => id !== part && id !== 'main');
    for (const type of types) {
      expect(typesOf(made.get(part)!.resources)).toContain(type);
      for (const [, { resources }] of others) expect(typesOf(resources)).not.toContain(type);
    }
  });

  test('keeps for the stack of `Flowbeat` what clients read, and what asks for rights', () => {
    const { resources, outputs } = made.get('main')!;
    expect(Object.keys(outputs)).toEqual(expect.arrayContaining(['ApiUrl', 'TableName', 'QueuePrefix', 'BucketName']));
    expect(typesOf(resources)).toContain('Custom::FlowbeatChart');
    expect(typesOf(resources)).not.toContain('AWS::CloudWatch::Alarm');
  });

  test('waits for state and queues first, and for workers, alarms and dashboard never', () => {
    const waitsFor = (stack: string) => made.get(stack)!.after.toSorted();
    expect(waitsFor('state')).toEqual([]);
    expect(waitsFor('queues')).toEqual([]);
    expect(waitsFor('functions')).toEqual(['queues', 'state']);
    expect(waitsFor('api')).toEqual(['functions']);
    for (const { after: others } of made.values()) {
      expect(others).not.toContain('workers');
      expect(others).not.toContain('observability');
    }
  });
});

test.each([
  ['state', ['state'], {}],
  ['workers and observability', ['workers', 'observability'], {}],
  ['each part', PARTS, {}],
  ['each but the network, which is private', ['state', 'queues', 'functions'], { network: { private: true } }],
  ['each part, with instances', PARTS, { workers: { image, capacity: 'ec2' } }],
  ['each part, with a function URL', PARTS, { api: 'function-url' }],
] satisfies [string, readonly (keyof Scopes)[], FlowbeatProps][])(
  'in stacks of their own (%s) parts may do what they may in one',
  (_, parts, props) => {
    const one = Object.keys(props).length === 0 ? whole : synthesized(split([], props));
    const several = synthesized(split(parts, props));
    expect([...several.keys()].sort()).toEqual(['main', ...parts].sort());
    expect(rights(several)).toEqual(rights(one));
  },
);

test('the workers and the functions may do what a chart and a grant of the first stack ask for', () => {
  for (const parts of [[], PARTS]) {
    const all = rights(synthesized(split(parts)));
    // The Lambdas `advance` and `executor`, and the workers.
    expect(all.filter((right) => right === 'lambda:InvokeFunction <Mine.Arn>')).toHaveLength(3);
    expect(all.filter((right) => right === 'sns:Publish <News>')).toHaveLength(3);
  }
});

test.each([
  [['functions'], 'name `scopes.state` too'],
  [['state', 'functions'], 'name `scopes.queues` too'],
  [['state', 'queues', 'api'], 'name `scopes.functions` too'],
] satisfies [(keyof Scopes)[], string][])(
  'a stack of its own for %j alone would close a circle, and is refused',
  (parts, text) => {
    expect(() => split(parts)).toThrow(text);
  },
);

test('cdk-nag finds nothing new in several stacks', () => {
  const { app } = split(PARTS, {}, { beside: false });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(() => app.synth()).not.toThrow();
});
