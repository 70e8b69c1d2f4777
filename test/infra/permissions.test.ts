import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { describe, expect, test } from 'vitest';
import type { FlowbeatProps } from '#infra/flowbeat';
import { HANDLERS, resourcesOf, templateOf } from './support/synthesize.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

const everything = templateOf({
  handlers: HANDLERS,
  queues: { gpu: { servedBy: 'workers' } },
  workers: { image: ContainerImage.fromRegistry('registry.example/workers:1') },
  network: { private: true },
});

const statementsOf = (template: typeof everything) =>
  resourcesOf(template, 'AWS::IAM::Policy').flatMap(([id, { Properties }]) => {
    const { Statement: all } = Properties.PolicyDocument as { Statement: readonly Statement[] };
    return all.map((statement) => ({ id, ...statement }));
  });
const statements = statementsOf(everything);

const list = (value: string | readonly string[]): readonly string[] => (typeof value === 'string' ? [value] : value);
const resourcesOfStatement = ({ Resource }: Statement): readonly unknown[] =>
  Array.isArray(Resource) ? Resource : [Resource];

/** A resource as text, each reference in angle brackets. */
function text(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const [[name, inside]] = Object.entries(resource as Record<string, unknown>) as [[string, unknown]];
  if (name === 'Fn::Join') return (inside as [string, unknown[]])[1].map(text).join('');
  return `<${name === 'Ref' ? inside : (inside as string[]).join('.')}>`;
}

/** Actions that AWS lets nobody bind to a resource, or to one that is named, and why they are needed. */
const ALLOWED_WILDCARDS: readonly (readonly [action: RegExp, resource: RegExp, why: string])[] = [
  [/^s3:GetObject$/, /^<FlowbeatStateBucket\w+\.Arn>\/\*$/, 'the objects of the one bucket'],
  [
    /^s3:PutObject$/,
    /^<FlowbeatStateBucket\w+\.Arn>\/(values|uploads|answers|archive)\/\*$/,
    'objects of one kind, which are named by their content or at random',
  ],
  [/^s3:DeleteObject$/, /^<FlowbeatStateBucket\w+\.Arn>\/values\/\*$/, 'values of archived runs'],
  [/^ecs:DescribeTasks$/, /:task\/\*$/, 'tasks that charts start, in clusters that they name'],
  [/^ecs:(Get|Update)TaskProtection$/, /:task\/<FlowbeatWorkersCluster\w+>\/\*$/, 'the tasks of the one cluster'],
  [
    /^ec2:\w*(NetworkInterface|Subnets|PrivateIpAddresses)\w*$/,
    /^\*$/,
    "Lambda makes a function's interfaces; EC2 takes no resource for it",
  ],
  [/^logs:/, /:\*$|\.Arn>$/, 'the streams of the one log group'],
  [/^ecr:GetAuthorizationToken$/, /^\*$/, 'ECR takes no resource for it'],
];

describe('what the parts may do', () => {
  test('is told action by action: no action is a wildcard', () => {
    expect(statements.length).toBeGreaterThan(30);
    expect(
      statements.flatMap(({ id, Action }) =>
        list(Action)
          .filter((action) => action.includes('*'))
          .map((action) => `${id}: ${action}`),
      ),
    ).toEqual([]);
  });

  test('is bound to resources: no resource is a wildcard, but for those with a reason', () => {
    const wild = statements.flatMap((statement) =>
      resourcesOfStatement(statement)
        .map(text)
        .filter((resource) => resource.includes('*'))
        .flatMap((resource) => list(statement.Action).map((action) => [action, resource] as const)),
    );
    const without = wild.filter(
      ([action, resource]) => !ALLOWED_WILDCARDS.some(([a, r]) => a.test(action) && r.test(resource)),
    );
    expect(without).toEqual([]);
  });

  test('reaches one table, its index, one bucket, one bus, and the queues', () => {
    const data = statements.filter(({ Action }) =>
      list(Action).some((action) => /^(dynamodb|s3|sqs|events):/.test(action)),
    );
    const named = new Set(
      data
        .flatMap(resourcesOfStatement)
        .map(text)
        .map((resource) => resource.replace(/[0-9A-F]{8}(?=[.>])/g, '')),
    );
    const queues = ['Owncontrol', 'Ownadvance', 'Ownsweep', 'Queuedefault', 'Queuegpu'];
    expect([...named].sort()).toEqual(
      [
        '<FlowbeatStateTable.Arn>',
        '<FlowbeatStateTable.Arn>/index/runs',
        ...['', 'values/', 'uploads/', 'answers/', 'archive/'].map((place) => `<FlowbeatStateBucket.Arn>/${place}*`),
        '<FlowbeatBus.Arn>',
        ...queues.map((queue) => `<FlowbeatQueues${queue}.Arn>`),
      ].sort(),
    );
  });

  test("a scan is the census's alone, and who puts charts sends no messages", () => {
    const who = (wanted: string) => [
      ...new Set(statements.filter(({ Action }) => list(Action).includes(wanted)).map(({ id }) => id)),
    ];
    expect(who('dynamodb:Scan')).toEqual([expect.stringContaining('Sweeper')]);
    expect(who('sqs:SendMessage').join()).not.toContain('Charts');
    expect(who('dynamodb:PutItem').join()).toContain('Charts');
  });

  test("archiving is the sweeper's alone, links and large answers the API's, and nobody may take an archive away", () => {
    const who = (template: typeof everything, action: RegExp, place: string) => [
      ...new Set(
        statementsOf(template)
          .filter((one) => list(one.Action).some((it) => action.test(it)))
          .filter((one) => resourcesOfStatement(one).some((it) => text(it).endsWith(place)))
          .map(({ id }) => id),
      ),
    ];
    expect(who(everything, /^s3:Put/, '/archive/*')).toEqual([expect.stringContaining('Sweeper')]);
    expect(who(everything, /^s3:Delete/, '/values/*')).toEqual([expect.stringContaining('Sweeper')]);
    for (const place of ['/archive/*', '>/*']) expect(who(everything, /^s3:Delete/, place)).toEqual([]);
    for (const place of ['/uploads/*', '/answers/*'])
      expect(who(everything, /^s3:Put/, place)).toEqual([expect.stringContaining('Api')]);
    expect(who(templateOf({ retention: 'keep' }), /^s3:(Put|Delete)/, '/archive/*')).toEqual([]);
  });

  test("looking at the tasks that charts wait for is the sweeper's alone", () => {
    const looking = statements.filter((one) => resourcesOfStatement(one).some((it) => text(it).endsWith(':task/*')));
    expect(looking).toMatchObject([{ Action: 'ecs:DescribeTasks', id: expect.stringContaining('Sweeper') }]);
  });

  test("asking which hosts there are is the sweeper's alone, about one by its name also of whoever hears of its end; bound to the one cluster, and of instances only where it is asked for", () => {
    // Beside what charts wait for, in clusters that they name.
    const asking = (props: FlowbeatProps) =>
      statementsOf(templateOf(props)).filter(
        ({ Action, Resource }) =>
          list(Action).some((action) => /:(List|Describe)(Tasks|Instances)$/.test(action)) &&
          !text(Resource).endsWith(':task/*'),
      );
    const workers = { image: ContainerImage.fromRegistry('registry.example/workers:1') };
    const here = (resource: string) => ({
      'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:ecs:us-east-1:123456789012:${resource}`]],
    });
    const tasks = [
      { Action: 'ecs:ListTasks', Resource: '*', Condition: { ArnEquals: { 'ecs:cluster': here('cluster/test') } } },
      { Action: 'ecs:DescribeTasks', Resource: here('task/test/*') },
    ];
    const instances = { Action: 'ec2:DescribeInstances', Resource: '*' };
    const by = (who: string, all: ReturnType<typeof asking>) => all.filter(({ id }) => id.includes(who));
    const found = asking({ workers });
    expect(found).toHaveLength(3);
    expect(by('Sweeper', found)).toMatchObject(tasks);
    expect(by('PlatformEvents', found)).toMatchObject([tasks[1]!]);
    const both = asking({ workers, discovery: { instances: true } });
    expect(both).toHaveLength(5);
    expect(by('Sweeper', both)).toMatchObject([...tasks, instances]);
    expect(by('PlatformEvents', both)).toMatchObject([tasks[1]!, instances]);
    expect(asking({ workers, discovery: { tasks: false } })).toEqual([]);
    expect(asking({ workers, network: { private: true } })).toEqual([]);
    expect(asking({})).toEqual([]);
    expect(() => asking({ discovery: { tasks: true } })).toThrow('`discovery.tasks` looks for the tasks of `workers`');
  });

  test('no role has a policy of others beside what ECS asks of tasks', () => {
    for (const [, { Properties }] of resourcesOf(everything, 'AWS::IAM::Role'))
      expect(Properties.ManagedPolicyArns).toBeUndefined();
  });
});
