import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { TABLE } from '#adapters/dynamodb/table';
import { resourcesOf, templateOf } from './support/synthesize.ts';

const template = templateOf();

describe('the table', () => {
  const [[, { Properties, DeletionPolicy }]] = resourcesOf(template, 'AWS::DynamoDB::GlobalTable') as [[string, never]];
  const table = Properties as Record<string, never[] & { IndexName: string; KeySchema: unknown; Projection: unknown }>;

  test('is the one that the adapter is written for and that the tests make', () => {
    const byName = (list: readonly unknown[]) =>
      [...list].sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
    expect(byName(table.AttributeDefinitions!)).toEqual(byName(TABLE.AttributeDefinitions));
    expect(table.KeySchema).toEqual(TABLE.KeySchema);
    expect(table.BillingMode).toBe(TABLE.BillingMode);
    expect(table.GlobalSecondaryIndexes).toEqual(TABLE.GlobalSecondaryIndexes);
  });

  test('stays when the stack goes, is protected, and can be put back in time', () => {
    expect(DeletionPolicy).toBe('Retain');
    template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      Replicas: [
        Match.objectLike({
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        }),
      ],
    });
  });

  test('goes with an installation on an emulator', () => {
    const local = templateOf({}, { local: '1' });
    local.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Delete' });
    local.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
  });
});

test('the bucket is private, stays, takes TLS alone, and forgets what was only on its way, never values or archives', () => {
  template.hasResource('AWS::S3::Bucket', {
    DeletionPolicy: 'Retain',
    Properties: {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      LifecycleConfiguration: {
        Rules: [
          Match.objectLike({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }),
          { Status: 'Enabled', Prefix: 'uploads/', ExpirationInDays: 1 },
          { Status: 'Enabled', Prefix: 'answers/', ExpirationInDays: 1 },
          {
            Status: 'Enabled',
            Prefix: 'archive/',
            Transitions: [{ StorageClass: 'GLACIER_IR', TransitionInDays: 1 }],
          },
        ],
      },
    },
  });
  template.hasResourceProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ]),
    },
  });
});

test('the outputs are what a client of the stack reads', () => {
  expect(Object.keys(template.findOutputs('*')).sort()).toEqual([
    'ApiUrl',
    'BucketName',
    'EventBusName',
    'QueuePrefix',
    'TableName',
    'WindowMs',
    'WorkerCommand',
  ]);
  expect(template.findOutputs('QueuePrefix').QueuePrefix!.Value).toBe('test-');
});
