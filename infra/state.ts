import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type Attribute, AttributeType, Billing, ProjectionType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { BlockPublicAccess, Bucket, BucketEncryption, StorageClass } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { RUNS_INDEX, TABLE } from '#adapters/dynamodb/table';
import { PLACES } from '#ports/blobs';

/** What the state is made with. */
export interface StateProps {
  /** Whether the data goes with the stack: for installations that are thrown away. */
  readonly disposable: boolean;
}

/**
 * What an installation knows: the table of flows, leases, charts and history, and the bucket of what is too large for it and of archived runs. Both stay when the
 * stack goes, and the table can be put back to any second of the last 35 days.
 */
export class State extends Construct {
  readonly table: TableV2;
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { disposable }: StateProps) {
    super(scope, id);
    const removalPolicy = disposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
    const [partitionKey, sortKey] = keysOf(TABLE.KeySchema);
    const [index] = TABLE.GlobalSecondaryIndexes;
    const [indexPartition, indexSort] = keysOf(index.KeySchema);
    this.table = new TableV2(this, 'Table', {
      partitionKey,
      sortKey,
      billing: Billing.onDemand(),
      globalSecondaryIndexes: [
        {
          indexName: RUNS_INDEX,
          partitionKey: indexPartition,
          sortKey: indexSort,
          projectionType: ProjectionType[index.Projection.ProjectionType],
        },
      ],
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: !disposable },
      deletionProtection: !disposable,
      removalPolicy,
    });
    this.bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      // What an upload that broke off has left, nobody sees and everybody pays for.
      lifecycleRules: [
        { abortIncompleteMultipartUploadAfter: Duration.days(1) },
        // Their links end after a quarter of an hour.
        ...[PLACES.uploads, PLACES.answers].map((prefix) => ({ prefix, expiration: Duration.days(1) })),
        // A sixth of the price, and read as fast. S3 moves nothing below 128 KB; the move of that much costs what it saves in eight months.
        {
          prefix: PLACES.archive,
          transitions: [{ storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL, transitionAfter: Duration.days(1) }],
        },
      ],
      removalPolicy,
    });
  }
}

type KeySchema = readonly [{ readonly AttributeName: string }, { readonly AttributeName: string }];

/** The key attributes of the one definition of the table (adapters/dynamodb/table.ts), in CDK's words. */
function keysOf([partition, sort]: KeySchema): [Attribute, Attribute] {
  return [attribute(partition.AttributeName), attribute(sort.AttributeName)];
}

const TYPES = { S: AttributeType.STRING, N: AttributeType.NUMBER } as const;

function attribute(name: string): Attribute {
  const defined = TABLE.AttributeDefinitions.find(({ AttributeName }) => AttributeName === name);
  if (defined === undefined) throw new Error(`The table's definition names no attribute ${name}.`);
  return { name, type: TYPES[defined.AttributeType] };
}
