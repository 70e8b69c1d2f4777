/** Calls of Lambda, SNS, EventBridge and S3 as charts make them, and a whole run, against the AWS (or emulator) that AWS_ENDPOINT_URL names. */
import { randomUUID } from 'node:crypto';
import { CreateEventBusCommand, DeleteEventBusCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, DeleteBucketCommand, DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, DeleteTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awsIntegrations } from '#adapters/integrations/aws-integrations';
import type { Json } from '#engine/json';
import type { IntegrationOutcome } from '#ports/integrations';
import { TestServer } from '#test/embedded/server';
import { zipOf } from '#test/support/zip';

const isThere = process.env.FLOWBEAT_TEST_AWS === '1' && process.env.AWS_ENDPOINT_URL !== undefined;
const skipped = isThere ? '' : ' (skipped: FLOWBEAT_TEST_AWS=1 and AWS_ENDPOINT_URL name no AWS)';

/** A function that does what its input says. */
const CODE = `exports.handler = async (event) => {
  if (event && event.fail) { const e = new Error('not today'); e.name = event.fail; throw e; }
  return { got: event };
};`;

const id = `flowbeat-test-${randomUUID().slice(0, 8)}`;
const ROLE = 'arn:aws:iam::000000000000:role/lambda';

describe.skipIf(!isThere)(`integrations on AWS${skipped}`, () => {
  process.env.AWS_REGION ??= 'us-east-1';
  process.env.AWS_ACCESS_KEY_ID ??= 'test';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'test';
  const services = awsIntegrations();
  const lambda = new LambdaClient();
  const sns = new SNSClient();
  const events = new EventBridgeClient();
  const s3 = new S3Client({ forcePathStyle: true });
  let functionArn = '';
  let topic = '';

  beforeAll(async () => {
    const made = await lambda.send(
      new CreateFunctionCommand({
        FunctionName: id,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: ROLE,
        Code: { ZipFile: zipOf('index.js', CODE) },
      }),
    );
    functionArn = made.FunctionArn ?? '';
    await waitUntilFunctionActiveV2(
      { client: lambda, maxWaitTime: 60, minDelay: 1, maxDelay: 2 },
      { FunctionName: id },
    );
    topic = (await sns.send(new CreateTopicCommand({ Name: id }))).TopicArn ?? '';
    await events.send(new CreateEventBusCommand({ Name: id }));
    await s3.send(new CreateBucketCommand({ Bucket: id }));
  });

  afterAll(async () => {
    await services.close();
    await lambda.send(new DeleteFunctionCommand({ FunctionName: id }));
    await sns.send(new DeleteTopicCommand({ TopicArn: topic }));
    await events.send(new DeleteEventBusCommand({ Name: id }));
    await s3.send(new DeleteObjectCommand({ Bucket: id, Key: 'a.json' }));
    await s3.send(new DeleteBucketCommand({ Bucket: id }));
    for (const client of [lambda, sns, events, s3]) client.destroy();
  });

  const call = (resource: string, input: Json): Promise<IntegrationOutcome> =>
    services.call({ resource, input, idempotencyKey: 'chart:run#1', signal: new AbortController().signal });

  it('invokes a function by its ARN: the input goes in, the answer comes out', async () => {
    expect(await call(functionArn, { n: 1 })).toEqual({ ok: true, output: { got: { n: 1 } } });
  });

  it('lambda:invoke gives the payload as a value beside what the service says', async () => {
    expect(await call('lambda:invoke', { FunctionName: id, Payload: 'a text' })).toMatchObject({
      ok: true,
      output: {
        StatusCode: 200,
        Payload: { got: 'a text' },
        SdkHttpMetadata: { HttpStatusCode: 200 },
        SdkResponseMetadata: { RequestId: expect.any(String) },
      },
    });
  });

  it("a function's own error has the name that it gave it; one that is not there has Lambda's", async () => {
    const failed = await call('lambda:invoke', { FunctionName: id, Payload: { fail: 'NotToday' } });
    const said = JSON.parse((failed as { cause: string }).cause);
    expect(said).toMatchObject({ errorMessage: 'not today' });
    // On AWS that is NotToday; MiniStack calls every error of a handler Runtime.HandlerError.
    expect(failed).toMatchObject({ ok: false, error: said.errorType });
    expect(await call('lambda:invoke', { FunctionName: `${id}-not` })).toMatchObject({
      ok: false,
      error: 'Lambda.ResourceNotFoundException',
      cause: expect.stringContaining('Service: AWSLambda; Status Code: 404'),
    });
  });

  it('publishes to a topic and puts events on a bus', async () => {
    expect(await call('sns:publish', { TopicArn: topic, Message: { a: 1 } })).toMatchObject({
      ok: true,
      output: { MessageId: expect.any(String) },
    });
    const entry = { EventBusName: id, Source: 'flowbeat.test', DetailType: 'Tested', Detail: { a: 1 } };
    expect(await call('events:putEvents', { Entries: [entry] })).toMatchObject({
      ok: true,
      output: { FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) }] },
    });
  });

  it('aws-sdk: puts and gets an object, whose body is JSON of the value', async () => {
    const object = { Bucket: id, Key: 'a.json' };
    expect(await call('aws-sdk:s3:putObject', { ...object, Body: { a: [1] } })).toMatchObject({
      ok: true,
      output: { ETag: expect.any(String) },
    });
    expect(await call('aws-sdk:s3:getObject', object)).toMatchObject({
      ok: true,
      output: { Body: '{"a":[1]}', ContentLength: 9, LastModified: expect.stringMatching(/^\d{4}-.*Z$/) },
    });
    expect(await call('aws-sdk:s3:getObject', { ...object, Key: 'none' })).toMatchObject({
      ok: false,
      error: 'S3.NoSuchKeyException',
      cause: expect.stringMatching(/\(Service: S3, Status Code: 404, Request ID: .+\)$/),
    });
  });

  it('a run on one machine calls a function, retries its error and catches it', async () => {
    await using server = await TestServer.start({ worker: { handlers: {}, windowMs: 3_000 } });
    const ask = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke' };
    const run = await server.run('calls', {
      StartAt: 'Ask',
      States: {
        Ask: {
          ...ask,
          Parameters: { FunctionName: id, 'Payload.$': '$' },
          ResultSelector: { 'answer.$': '$.Payload.got' },
          Next: 'Fail',
        },
        Fail: {
          ...ask,
          Parameters: { FunctionName: id, Payload: { fail: 'Tired' } },
          Retry: [{ ErrorEquals: ['States.TaskFailed'], MaxAttempts: 1, IntervalSeconds: 1 }],
          Catch: [{ ErrorEquals: ['States.TaskFailed'], ResultPath: '$.error', Next: 'Done' }],
          End: true,
        },
        Done: { Type: 'Succeed' },
      },
    });
    expect((await server.ended(run)).outcome).toMatchObject({
      status: 'Succeeded',
      output: { answer: {}, error: { Cause: expect.stringContaining('not today') } },
    });
    const types = (await server.history(run)).map(({ type }) => type);
    expect(types.filter((type) => type === 'TaskScheduled')).toHaveLength(3);
  });
});
