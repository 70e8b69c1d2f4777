import { Stack, Validations } from 'aws-cdk-lib';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import type { Api } from '#infra/api';
import type { Discovered } from '#infra/discovery';
import type { Functions } from '#infra/functions';
import type { Network } from '#infra/network';
import type { State } from '#infra/state';
import type { Workers } from '#infra/workers';

/** The parts of an installation that cdk-nag has something to say about. */
export interface Parts {
  readonly state: State;
  readonly functions: Functions;
  readonly api: Api;
  readonly network: Network | undefined;
  readonly workers: Workers | undefined;
  readonly discovered: Discovered;
}

/** Findings of cdk-nag's AwsSolutions that stand as they are, each with its reason. What is not here is mended. */
export function acknowledge({ state, functions, api, network, workers, discovered }: Parts): void {
  const runners: readonly (readonly [IConstruct, IConstruct])[] = [
    ...functions.schedulers.map((each) => [each, each.role!] as const),
    ...(workers ? [[workers, workers.task.taskRole] as const] : []),
  ];
  for (const [owner, role] of runners) {
    accept(
      role,
      `IAM5[Resource::${objectsOf(owner, state.bucket)}]`,
      'Objects are named by their content; the bucket is named.',
    );
  }
  accept(
    state.bucket,
    'S1',
    'Whoever reads the bucket has a role of this stack; logs of each access would cost more than the objects.',
  );
  accept(api, 'APIG1', 'The function logs what fails; a line for each request would cost half of the request again.');
  if (network)
    accept(network, 'VPC7', 'Nothing listens in this network; flow logs would cost more than its endpoints.');
  acknowledgeDiscovery(functions.sweeper, discovered);
  if (!workers) return;
  accept(
    workers,
    'ECS4',
    'Workers tell of themselves in their leases, for nothing; Container Insights costs by the task.',
  );
  accept(workers, 'ECS2', 'The environment holds names of resources and no secrets.');
  const cluster = Stack.of(workers).getLogicalId(workers.cluster.node.defaultChild as never);
  accept(
    workers,
    `IAM5[Resource::${tasksOf(workers, `<${cluster}>`)}]`,
    'A task protects itself, and its id is not known before it runs; the cluster is named.',
  );
}

function acknowledgeDiscovery(sweeper: Functions['sweeper'], { cluster, instances }: Discovered): void {
  if (cluster === undefined && !instances) return;
  const role = sweeper.role!;
  accept(
    role,
    'IAM5[Resource::*]',
    'What lists hosts takes no resource: tasks are bound to their cluster by a condition.',
  );
  if (cluster === undefined) return;
  const name = cluster.split('/').at(-1);
  accept(
    role,
    `IAM5[Resource::${tasksOf(sweeper, `${name}`)}]`,
    'The ids of tasks are not known before they run; the cluster is named.',
  );
}

/** How cdk-nag writes the tasks of a cluster. */
function tasksOf(scope: IConstruct, cluster: string): string {
  const { account, region } = Stack.of(scope);
  return `arn:<AWS::Partition>:ecs:${placeholder(region, 'Region')}:${placeholder(account, 'AccountId')}:task/${cluster}/*`;
}

const accept = (where: IConstruct, rule: string, reason: string): void =>
  Validations.of(where).acknowledge({ id: `AwsSolutions::AwsSolutions-${rule}`, reason });

/** How cdk-nag writes the objects of a bucket. */
function objectsOf(owner: IConstruct, bucket: Bucket): string {
  const id = Stack.of(bucket).getLogicalId(bucket.node.defaultChild as CfnBucket);
  return Stack.of(owner) === Stack.of(bucket) ? `<${id}.Arn>/*` : `*`;
}

const placeholder = (value: string, name: string): string => (value.startsWith('${Token[') ? `<AWS::${name}>` : value);
