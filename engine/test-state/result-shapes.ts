/**
 * What services answer, as far as we know it: the output shapes of their API models, in the spelling that Step Functions gives them (members begin with a
 * capital). A service that is not here is not checked. Sources: the API references of the services (Lambda `Invoke`, SQS `SendMessage`, …).
 */

/** The shape of a value. Bounds are those of a text's length or of an array's. */
export type Shape =
  | { readonly type: 'any' }
  | { readonly type: 'number' | 'boolean' | 'time' }
  | { readonly type: 'string'; readonly least?: number; readonly most?: number }
  | { readonly type: 'array'; readonly of: Shape }
  /** An object whose members all have one shape. */
  | { readonly type: 'map'; readonly of: Shape }
  | { readonly type: 'object'; readonly members: Members; readonly required?: readonly string[] };

type Members = { readonly [name: string]: Shape };

const any: Shape = { type: 'any' };
const number: Shape = { type: 'number' };
const boolean: Shape = { type: 'boolean' };
const time: Shape = { type: 'time' };
const string: Shape = { type: 'string' };
const text = (least: number, most: number): Shape => ({ type: 'string', least, most });
const array = (of: Shape): Shape => ({ type: 'array', of });
const map = (of: Shape): Shape => ({ type: 'map', of });
const object = (members: Members, required: readonly string[] = []): Shape => ({ type: 'object', members, required });

const lambda = (payload: Shape): Shape =>
  object({
    StatusCode: number,
    FunctionError: string,
    LogResult: string,
    Payload: payload,
    ExecutedVersion: text(1, 1024),
  });

const sentMessage = object({
  MD5OfMessageBody: string,
  MD5OfMessageAttributes: string,
  MD5OfMessageSystemAttributes: string,
  MessageId: string,
  SequenceNumber: string,
});

const published = object({ MessageId: string, SequenceNumber: string });

const putEvents = object({
  FailedEntryCount: number,
  Entries: array(object({ EventId: text(0, 64), ErrorCode: string, ErrorMessage: string })),
});

const attributeMembers: { [name: string]: Shape } = {
  S: string,
  N: string,
  B: string,
  SS: array(string),
  NS: array(string),
  BS: array(string),
  NULL: boolean,
  BOOL: boolean,
};
const attribute: Shape = object(attributeMembers);
// The values of DynamoDB hold values.
attributeMembers.M = map(attribute);
attributeMembers.L = array(attribute);

const units = { CapacityUnits: number, ReadCapacityUnits: number, WriteCapacityUnits: number };
const capacity = object({
  TableName: text(1, 1024),
  ...units,
  Table: object(units),
  LocalSecondaryIndexes: map(object(units)),
  GlobalSecondaryIndexes: map(object(units)),
});
const written = object({
  Attributes: map(attribute),
  ConsumedCapacity: capacity,
  ItemCollectionMetrics: object({ ItemCollectionKey: map(attribute), SizeEstimateRangeGB: array(number) }),
});
const read = object({ Item: map(attribute), ConsumedCapacity: capacity });
const listed = object({
  Items: array(map(attribute)),
  Count: number,
  ScannedCount: number,
  LastEvaluatedKey: map(attribute),
  ConsumedCapacity: capacity,
});

const failure = object({ Arn: string, Reason: string, Detail: string });
const started = object({
  Tasks: array(
    object({
      TaskArn: string,
      ClusterArn: string,
      TaskDefinitionArn: string,
      ContainerInstanceArn: string,
      LastStatus: string,
      DesiredStatus: string,
      LaunchType: string,
      Cpu: string,
      Memory: string,
      Group: string,
      StartedBy: string,
      StoppedReason: string,
      Version: number,
      CreatedAt: time,
      StartedAt: time,
      StoppedAt: time,
      Attachments: array(any),
      Containers: array(
        object({ Name: string, ContainerArn: string, LastStatus: string, ExitCode: number, Reason: string }),
      ),
    }),
  ),
  Failures: array(failure),
});

const startedExecution = object({ ExecutionArn: text(1, 256), StartDate: time }, ['ExecutionArn', 'StartDate']);
const execution = object(
  {
    ExecutionArn: text(1, 256),
    StateMachineArn: text(1, 256),
    Name: text(1, 80),
    Status: string,
    StartDate: time,
    StopDate: time,
    Input: text(0, 262_144),
    Output: text(0, 262_144),
    Error: text(0, 256),
    Cause: text(0, 32_768),
    RedriveCount: number,
  },
  ['ExecutionArn', 'StateMachineArn', 'Status', 'StartDate'],
);

const key = text(1, 2048);
const cipher = text(1, 6144);

/** By the integration's name, with `aws-sdk:` for the calls that are made as the service's own API has them. */
export const resultShapes: ReadonlyMap<string, Shape> = new Map([
  ['lambda:invoke', lambda(any)],
  ['aws-sdk:lambda:invoke', lambda(string)],
  ...['sqs:sendMessage', 'aws-sdk:sqs:sendMessage'].map((name) => [name, sentMessage] as const),
  ...['sns:publish', 'aws-sdk:sns:publish'].map((name) => [name, published] as const),
  ...['events:putEvents', 'aws-sdk:eventbridge:putEvents'].map((name) => [name, putEvents] as const),
  ...['dynamodb:getItem', 'aws-sdk:dynamodb:getItem'].map((name) => [name, read] as const),
  ...['putItem', 'updateItem', 'deleteItem'].flatMap((action) => [
    [`dynamodb:${action}`, written] as const,
    [`aws-sdk:dynamodb:${action}`, written] as const,
  ]),
  ['aws-sdk:dynamodb:query', listed],
  ['aws-sdk:dynamodb:scan', listed],
  ['ecs:runTask', started],
  ['aws-sdk:ecs:runTask', started],
  ['states:startExecution', startedExecution],
  ['aws-sdk:sfn:startExecution', startedExecution],
  ['aws-sdk:sfn:describeExecution', execution],
  ['aws-sdk:kms:encrypt', object({ CiphertextBlob: cipher, KeyId: key, EncryptionAlgorithm: string })],
  ['aws-sdk:kms:decrypt', object({ KeyId: key, Plaintext: text(1, 4096), EncryptionAlgorithm: string })],
  ['aws-sdk:kms:generateDataKey', object({ CiphertextBlob: cipher, Plaintext: text(1, 4096), KeyId: key })],
  [
    'aws-sdk:secretsmanager:getSecretValue',
    object({
      ARN: text(20, 2048),
      Name: text(1, 256),
      VersionId: text(32, 64),
      SecretBinary: text(1, 65_536),
      SecretString: text(1, 65_536),
      VersionStages: array(text(1, 256)),
      CreatedDate: time,
    }),
  ],
  [
    'aws-sdk:ssm:getParameter',
    object({
      Parameter: object({
        Name: key,
        Type: string,
        Value: string,
        Version: number,
        Selector: text(0, 128),
        SourceResult: string,
        LastModifiedDate: time,
        ARN: string,
        DataType: text(0, 128),
      }),
    }),
  ],
  [
    'aws-sdk:s3:getObject',
    object({
      Body: string,
      ContentLength: number,
      ContentType: string,
      ETag: string,
      LastModified: time,
      VersionId: string,
      DeleteMarker: boolean,
      Metadata: map(string),
    }),
  ],
  ['aws-sdk:s3:putObject', object({ ETag: string, VersionId: string, Expiration: string, Size: number })],
  [
    'aws-sdk:s3:listObjectsV2',
    object({
      IsTruncated: boolean,
      Contents: array(
        object({
          Key: text(1, Number.POSITIVE_INFINITY),
          LastModified: time,
          ETag: string,
          Size: number,
          StorageClass: string,
        }),
      ),
      Name: string,
      Prefix: string,
      Delimiter: string,
      MaxKeys: number,
      CommonPrefixes: array(object({ Prefix: string })),
      KeyCount: number,
      ContinuationToken: string,
      NextContinuationToken: string,
      StartAfter: string,
    }),
  ],
]);
