/** Calls of DynamoDB, SQS and SNS as charts make them, against emulators in this process: names, values, results and errors. */
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AwsIntegrations, awsIntegrations } from '#adapters/integrations/aws-integrations';
import type { Json } from '#engine/json';
import type { IntegrationOutcome } from '#ports/integrations';
import { type Emulators, openEmulators } from '#test/support/emulators/emulators';

let emulators: Emulators;
let services: AwsIntegrations;
let things: string;
let queueUrl: string;

beforeAll(async () => {
  emulators = await openEmulators();
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', emulators.endpoints.dynamo);
  vi.stubEnv('AWS_ENDPOINT_URL_SQS', emulators.endpoints.sqs);
  vi.stubEnv('AWS_ENDPOINT_URL_SNS', emulators.endpoints.sqs);
  services = awsIntegrations();
  things = `${emulators.prefix}things`;
  await emulators.dynamo.send(
    new CreateTableCommand({
      TableName: things,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  queueUrl = await makeQueue('target', {});
});

afterAll(async () => {
  await services.close();
  vi.unstubAllEnvs();
  await emulators.close();
});

async function makeQueue(name: string, attributes: Record<string, string>): Promise<string> {
  const input = { QueueName: `${emulators.prefix}${name}`, Attributes: attributes };
  const { QueueUrl = '' } = await emulators.sqs.send(new CreateQueueCommand(input));
  // The address that the emulator tells has a name before an IP address, which is none.
  return QueueUrl.replace(/^https?:\/\/[^/]+/, emulators.endpoints.sqs);
}

const call = (resource: string, input: Json, key = 'chart:run#1'): Promise<IntegrationOutcome> =>
  services.call({ resource, input, idempotencyKey: key, signal: new AbortController().signal });

async function output(resource: string, input: Json, key?: string): Promise<Record<string, Json>> {
  const outcome = await call(resource, input, key);
  if (!outcome.ok) throw new Error(`${outcome.error}: ${outcome.cause}`);
  return outcome.output as Record<string, Json>;
}

async function bodies(url: string): Promise<(string | undefined)[]> {
  const { Messages = [] } = await emulators.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
  );
  return Messages.map(({ Body }) => Body);
}

const http = {
  SdkHttpMetadata: { AllHttpHeaders: expect.any(Object), HttpHeaders: expect.any(Object), HttpStatusCode: 200 },
  SdkResponseMetadata: { RequestId: expect.any(String) },
};

describe('dynamodb', () => {
  const item = { id: { S: 'a' }, Count: { N: '3' }, done: { BOOL: true }, gone: { NULL: true }, tags: { SS: ['x'] } };

  it('puts, updates, gets and deletes an item; the names of its attributes are its own', async () => {
    const TableName = things;
    const Key = { id: { S: 'a' } };
    expect(await output('dynamodb:putItem', { TableName, Item: item })).toEqual(http);
    const updated = await output('dynamodb:updateItem', {
      TableName,
      Key,
      UpdateExpression: 'SET #c = :n',
      ExpressionAttributeNames: { '#c': 'Count' },
      ExpressionAttributeValues: { ':n': { N: '4' } },
      ReturnValues: 'UPDATED_NEW',
    });
    expect(updated).toEqual({ ...http, Attributes: { Count: { N: '4' } } });
    expect(await output('dynamodb:getItem', { TableName, Key })).toEqual({
      ...http,
      Item: { ...item, Count: { N: '4' } },
    });
    expect(await output('dynamodb:deleteItem', { TableName, Key })).toEqual(http);
    expect(await output('dynamodb:getItem', { TableName, Key })).toEqual(http);
  });

  it('gives the same to aws-sdk calls, in the names of the SDK and without the metadata', async () => {
    const TableName = things;
    const written = { id: { S: 'b' }, done: { Bool: true }, gone: { Nul: true }, tags: { Ss: ['x'] } };
    expect(await output('aws-sdk:dynamodb:putItem', { TableName, Item: written })).toEqual({});
    const { Item } = await output('aws-sdk:dynamodb:getItem', { TableName, Key: { id: { S: 'b' } } });
    expect(Item).toEqual(written);
  });

  it('names errors as Step Functions does, those of the bare API in the words of the SDK', async () => {
    const nowhere = { TableName: 'no-such-table', Key: { id: { S: 'a' } } };
    expect(await call('dynamodb:getItem', nowhere)).toEqual({
      ok: false,
      error: 'DynamoDB.ResourceNotFoundException',
      cause: expect.stringMatching(
        /\(Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: .+; Proxy: null\)$/,
      ),
    });
    expect(await call('aws-sdk:dynamodb:getItem', nowhere)).toMatchObject({
      error: 'DynamoDb.ResourceNotFoundException',
      cause: expect.stringMatching(/\(Service: DynamoDb, Status Code: 400, Request ID: .+\)$/),
    });
    const invalid = { TableName: things, Key: { other: { S: 'a' } } };
    expect(await call('dynamodb:getItem', invalid)).toMatchObject({ error: 'DynamoDB.AmazonDynamoDBException' });
    expect(await call('aws-sdk:dynamodb:getItem', invalid)).toMatchObject({ error: 'DynamoDb.DynamoDbException' });
    const taken = {
      TableName: things,
      Item: { id: { S: 'b' } },
      ConditionExpression: 'attribute_not_exists(id)',
    };
    await call('dynamodb:putItem', { TableName: things, Item: { id: { S: 'b' } } });
    expect(await call('dynamodb:putItem', taken)).toMatchObject({
      error: 'DynamoDB.ConditionalCheckFailedException',
    });
  });

  it('refuses what the API has no field for before anything is sent', async () => {
    expect(await call('dynamodb:getItem', { TableName: things, Key: {}, Colour: 'red' })).toMatchObject({
      error: 'States.Runtime',
      cause: expect.stringContaining("no field 'Colour'"),
    });
    expect(await call('dynamodb:getItem', { Key: {} })).toMatchObject({
      error: 'States.Runtime',
      cause: expect.stringContaining("needs the field 'TableName'"),
    });
    expect(await call('aws-sdk:dynamodb:getItems', {})).toMatchObject({
      error: 'States.Runtime',
      cause: expect.stringContaining("no API 'getItems'"),
    });
  });
});

describe('sqs', () => {
  it('sends a text as it is and a value as JSON', async () => {
    const sent = await output('sqs:sendMessage', { QueueUrl: queueUrl, MessageBody: { hello: ['world', 1] } });
    expect(sent).toEqual({ ...http, MD5OfMessageBody: expect.any(String), MessageId: expect.any(String) });
    await output('sqs:sendMessage', { QueueUrl: queueUrl, MessageBody: 'plain' });
    const got = [...(await bodies(queueUrl)), ...(await bodies(queueUrl))];
    expect(got).toContain('{"hello":["world",1]}');
    expect(got).toContain('plain');
  });

  it('a repeated call sends one message to a queue in order, and calls of other keys others', async () => {
    const url = await makeQueue('ordered.fifo', { FifoQueue: 'true' });
    const message = { QueueUrl: url, MessageBody: 'once', MessageGroupId: 'g' };
    for (const key of ['chart:r1#1', 'chart:r1#1', 'chart:r2#1']) await output('sqs:sendMessage', message, key);
    const { Attributes } = await emulators.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['ApproximateNumberOfMessages'] }),
    );
    expect(Attributes?.ApproximateNumberOfMessages).toBe('2');
  });

  it('names the error of a queue that is not there', async () => {
    const QueueUrl = `${queueUrl}-not`;
    expect(await call('sqs:sendMessage', { QueueUrl, MessageBody: 'x' })).toMatchObject({
      ok: false,
      error: 'SQS.QueueDoesNotExistException',
    });
  });
});

describe('sns', () => {
  it('publishes a value as JSON; whoever subscribed gets it', async () => {
    const sns = new SNSClient({ endpoint: emulators.endpoints.sqs });
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: `${emulators.prefix}news` }));
    const url = await makeQueue('reader', {});
    const { Attributes } = await emulators.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
    );
    const raw = { RawMessageDelivery: 'true' };
    await sns.send(
      new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: Attributes?.QueueArn, Attributes: raw }),
    );
    sns.destroy();
    const Message = { greeting: 'hello' };
    expect(await output('sns:publish', { TopicArn, Message })).toEqual({ ...http, MessageId: expect.any(String) });
    expect(await bodies(url)).toEqual(['{"greeting":"hello"}']);
    expect(await call('sns:publish', { TopicArn: `${TopicArn}-not`, Message })).toMatchObject({
      error: 'SNS.NotFoundException',
      cause: expect.stringContaining('Error Code: NotFound'),
    });
  });
});

describe('clients', () => {
  it('tells which package a service needs that is not installed', async () => {
    expect(await call('aws-sdk:rdsdata:executeStatement', {})).toMatchObject({
      ok: false,
      error: 'Flowbeat.ClientMissing',
      cause: expect.stringContaining('npm install @aws-sdk/client-rds-data'),
    });
  });

  it('where nobody answers, it is the client that failed', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_SNS', 'http://127.0.0.1:1');
    const unreachable = awsIntegrations();
    const outcome = await unreachable.call({
      resource: 'sns:publish',
      input: { TopicArn: 'arn:aws:sns:us-east-1:1:t', Message: 'x' },
      idempotencyKey: 'k',
      signal: new AbortController().signal,
    });
    expect(outcome).toMatchObject({ ok: false, error: 'SNS.SdkClientException' });
    await unreachable.close();
  });
});
