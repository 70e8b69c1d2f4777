import { Stack } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { type IGrantable, PolicyStatement, type PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { RUNS_INDEX } from '#adapters/dynamodb/table';
import { PLACES } from '#ports/blobs';

// What each part may do, action by action and resource by resource: `grantReadWriteData` and its like allow streams, batch writes and more
// that nothing of ours calls. test/infra/permissions.test.ts reads what comes of it.

/** What the store asks of the table; a scan is the census's alone. */
const TABLE_ACTIONS = [
  'dynamodb:DescribeTable',
  'dynamodb:GetItem',
  'dynamodb:BatchGetItem',
  'dynamodb:Query',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
];

/** Reads and writes of the table. */
export function allowTable(who: IGrantable, table: TableV2): void {
  allow(who, TABLE_ACTIONS, [table.tableArn]);
  allow(who, ['dynamodb:Query'], [`${table.tableArn}/index/${RUNS_INDEX}`]);
}

/** The census: a look at every item. */
export const allowScan = (who: IGrantable, table: TableV2): void => allow(who, ['dynamodb:Scan'], [table.tableArn]);

/** Sending to queues. */
export const allowSend = (who: IGrantable, queues: readonly IQueue[]): void =>
  allow(who, ['sqs:GetQueueUrl', 'sqs:SendMessage'], arns(queues));

/** Taking messages from queues: what a worker does, and Lambda in a function's name. */
export const allowReceive = (who: IGrantable, queues: readonly IQueue[]): void =>
  allow(
    who,
    [
      'sqs:GetQueueUrl',
      'sqs:GetQueueAttributes',
      'sqs:ReceiveMessage',
      'sqs:DeleteMessage',
      'sqs:ChangeMessageVisibility',
    ],
    arns(queues),
  );

/** Asking queues what they are like. */
export const allowLook = (who: IGrantable, queues: readonly IQueue[]): void =>
  allow(who, ['sqs:GetQueueAttributes'], arns(queues));

/** Reading whatever the bucket holds, and writing values that are too large for the table. */
export function allowObjects(who: IGrantable, bucket: Bucket): void {
  allow(who, ['s3:GetObject'], [bucket.arnForObjects('*')]);
  allow(who, ['s3:PutObject'], [objectsIn(bucket, PLACES.values)]);
}

/** Writing what is too large for a request, by links that carry this right, and for an answer. */
export const allowExchange = (who: IGrantable, bucket: Bucket): void =>
  allow(who, ['s3:PutObject'], [objectsIn(bucket, PLACES.uploads), objectsIn(bucket, PLACES.answers)]);

/** Archiving runs: what is archived is written, and large values go whose run was. Nobody may take an archive away. */
export function allowArchive(who: IGrantable, bucket: Bucket): void {
  allow(who, ['s3:PutObject'], [objectsIn(bucket, PLACES.archive)]);
  allow(who, ['s3:DeleteObject'], [objectsIn(bucket, PLACES.values)]);
}

/** Telling the bus what became of runs. */
export const allowEvents = (who: IGrantable, bus: EventBus): void =>
  allow(who, ['events:PutEvents'], [bus.eventBusArn]);

/** Asking ECS for the tasks that charts wait for: whichever those start, in whatever cluster of this account and region. */
export function allowLookAtTasks(who: IGrantable & IConstruct): void {
  const { partition, region, account } = Stack.of(who);
  allow(who, ['ecs:DescribeTasks'], [`arn:${partition}:ecs:${region}:${account}:task/*`]);
}

/** Asking ECS which tasks one cluster has, by its ARN. Listing takes no resource, and is bound by its condition. */
export const allowListTasks = (who: IGrantable, cluster: string): void =>
  allow(who, ['ecs:ListTasks'], ['*'], { ArnEquals: { 'ecs:cluster': cluster } });

/** Asking ECS about tasks of one cluster by their names. */
export const allowAskTasks = (who: IGrantable, cluster: string): void =>
  allow(who, ['ecs:DescribeTasks'], [`${cluster.replace(':cluster/', ':task/')}/*`]);

/** Asking EC2 for instances, which takes neither a resource nor a condition that would bind it. */
export const allowListInstances = (who: IGrantable): void => allow(who, ['ec2:DescribeInstances'], ['*']);

/** A statement of its own, so that nobody reads actions of one service beside resources of another. */
export function allow(
  who: IGrantable,
  actions: readonly string[],
  resources: readonly string[],
  conditions: PolicyStatementProps['conditions'] = {},
): void {
  const statement = new PolicyStatement({ actions: [...actions], resources: [...resources], conditions });
  who.grantPrincipal.addToPrincipalPolicy(statement);
}

const objectsIn = (bucket: Bucket, place: string): string => bucket.arnForObjects(`${place}*`);

const arns = (queues: readonly IQueue[]): string[] => queues.map((queue) => queue.queueArn);
