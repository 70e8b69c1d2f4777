import { Stack, Validations } from 'aws-cdk-lib';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import type { Api } from '#infra/api';
import type { Discovered } from '#infra/discovery';
import type { Functions } from '#infra/functions';
import type { Network } from '#infra/network';
import type { State } from '#infra/state';
import type { Workers } from '#infra/workers';
import { PLACES } from '#ports/blobs';

/** The parts of an installation that cdk-nag has something to say about. */
export interface Parts {
  readonly state: State;
  readonly functions: Functions;
  readonly api: Api;
  readonly network: Network | undefined;
  readonly workers: Workers | undefined;
  readonly discovered: Discovered;
  /** 0: no run is archived. */
  readonly retentionDays: number;
}

/** Findings of cdk-nag's AwsSolutions that stand as they are, each with its reason. What is not here is mended. */
export function acknowledge({ state, functions, api, network, workers, discovered, retentionDays }: Parts): void {
  const runners: readonly (readonly [IConstruct, IConstruct])[] = [
    ...functions.schedulers.map((each) => [each, each.role!] as const),
    ...(workers ? [[workers, workers.task.taskRole] as const] : []),
  ];
  const { values, uploads, answers, archive } = PLACES;
  for (const [owner, role] of runners) {
    for (const place of ['', values]) acceptObjects(role, objectsOf(owner, state.bucket, place));
  }
  const { sweeper } = functions;
  for (const place of [uploads, answers]) {
    acceptObjects(functions.api.role!, objectsOf(functions.api, state.bucket, place));
  }
  if (retentionDays > 0) acceptObjects(sweeper.role!, objectsOf(sweeper, state.bucket, archive));
  accept(
    state.bucket,
    'S1',
    'Whoever reads the bucket has a role of this stack; logs of each access would cost more than the objects.',
  );
  accept(api, 'APIG1', 'The function logs what fails; a line for each request would cost half of the request again.');
  accept(
    functions.sweeper.role!,
    `IAM5[Resource::${tasksOf(functions)}]`,
    'Tasks that charts wait for are looked at, in whatever cluster the charts start them.',
  );
  if (network)
    accept(network, 'VPC7', 'Nothing listens in this network; flow logs would cost more than its endpoints.');
  acknowledgeListing(functions.sweeper, discovered);
  for (const each of [functions.sweeper, functions.platformEvents]) acknowledgeAsking(each, discovered);
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

const NO_RESOURCE = 'IAM5[Resource::*]';

function acknowledgeListing(sweeper: Functions['sweeper'], { cluster, instances }: Discovered): void {
  if (cluster === undefined && !instances) return;
  const reason = 'What lists hosts takes no resource: tasks are bound to their cluster by a condition.';
  accept(sweeper.role!, NO_RESOURCE, reason);
}

function acknowledgeAsking(who: Functions['sweeper'], { cluster, instances }: Discovered): void {
  if (instances) accept(who.role!, NO_RESOURCE, 'What describes instances takes no resource.');
  if (cluster === undefined) return;
  const name = cluster.split('/').at(-1);
  accept(
    who.role!,
    `IAM5[Resource::${tasksOf(who, `${name}`)}]`,
    'The ids of tasks are not known before they run; the cluster is named.',
  );
}

/** How cdk-nag writes the tasks of a cluster, or of all. */
function tasksOf(scope: IConstruct, cluster?: string): string {
  const { account, region } = Stack.of(scope);
  const ids = cluster === undefined ? '*' : `${cluster}/*`;
  return `arn:<AWS::Partition>:ecs:${placeholder(region, 'Region')}:${placeholder(account, 'AccountId')}:task/${ids}`;
}

const accept = (where: IConstruct, rule: string, reason: string): void =>
  Validations.of(where).acknowledge({ id: `AwsSolutions::AwsSolutions-${rule}`, reason });

/** How cdk-nag writes the objects of a bucket whose keys begin with `place`: by its id, or by the name under which another stack gets it. */
function objectsOf(owner: IConstruct, bucket: Bucket, place: string): string {
  const stack = Stack.of(bucket);
  if (Stack.of(owner) === stack) return `<${stack.getLogicalId(bucket.node.defaultChild as CfnBucket)}.Arn>/${place}*`;
  // The export that CDK would make by itself at the synthesis.
  const imported = stack.resolve(stack.exportValue(bucket.bucketArn)) as { readonly 'Fn::ImportValue': string };
  return `${imported['Fn::ImportValue']}/${place}*`;
}

const acceptObjects = (role: IConstruct, objects: string): void =>
  accept(role, `IAM5[Resource::${objects}]`, 'Objects are named by their content; the bucket is named.');

const placeholder = (value: string, name: string): string => (value.startsWith('${Token[') ? `<AWS::${name}>` : value);
