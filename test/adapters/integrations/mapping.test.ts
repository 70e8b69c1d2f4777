/** Names and values between charts and services, by the shapes that the real clients carry. */

import { Readable } from 'node:stream';
import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { RunTaskCommand } from '@aws-sdk/client-ecs';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { describe, expect, test } from 'vitest';
import { AnswerTooLarge, fromService } from '#adapters/integrations/from-service';
import { fromInvocation, toInvocation } from '#adapters/integrations/lambda';
import { capitalized, exceptionName, memberKey, sdkMember, sdkService } from '#adapters/integrations/names';
import { OPTIMIZED } from '#adapters/integrations/optimized';
import { shapeOf } from '#adapters/integrations/shapes';
import { InputMisfit, toService } from '#adapters/integrations/to-service';
import type { Json, JsonObject } from '#engine/json';
import { clientToken } from '#ports/idempotency';

const schemaOf = (command: object) => (command as { readonly schema: readonly unknown[] }).schema;
const inputOf = (command: object) => shapeOf(schemaOf(command)[4]);
const outputOf = (command: object) => shapeOf(schemaOf(command)[5]);
const utf8 = (bytes: unknown) => new TextDecoder().decode(bytes as Uint8Array);

describe('names', () => {
  test.each([
    ['ARN', 'Arn'],
    ['ETag', 'ETag'],
    ['SSEKMSKeyId', 'SsekmsKeyId'],
    ['ChecksumCRC32', 'ChecksumCRC32'],
    ['BOOL', 'Bool'],
    ['NULL', 'Nul'],
    ['S', 'S'],
    ['MD5OfMessageBody', 'Md5OfMessageBody'],
    ['taskArn', 'TaskArn'],
  ])('the member %s is %s of an SDK call, and is found by it', (name, told) => {
    expect(sdkMember(name)).toBe(told);
    expect(memberKey(told)).toBe(memberKey(name));
  });

  test.each([
    ['DynamoDB', 'DynamoDb'],
    ['Secrets Manager', 'SecretsManager'],
    ['S3', 'S3'],
    ['SFN', 'Sfn'],
    ['EventBridge', 'EventBridge'],
    ['CloudWatch Logs', 'CloudWatchLogs'],
    ['KMS', 'Kms'],
  ])('errors of %s begin with %s', (id, name) => {
    expect(sdkService(id)).toBe(name);
  });

  test('every declared error ends as an exception', () => {
    expect(['NoSuchBucket', 'ResourceNotFoundException', 'InternalFault'].map(exceptionName)).toEqual([
      'NoSuchBucketException',
      'ResourceNotFoundException',
      'InternalException',
    ]);
  });
});

describe('what goes in', () => {
  test('members are found whatever their capitals, at any depth; keys of maps stay', () => {
    const input = {
      TaskDefinition: 'render',
      NetworkConfiguration: { AwsvpcConfiguration: { Subnets: ['s-1'], AssignPublicIp: 'ENABLED' } },
      Overrides: { ContainerOverrides: [{ Name: 'main', Environment: [{ Name: 'A', Value: 5 }] }] },
    };
    expect(toService(inputOf(new RunTaskCommand({} as never)), input, 'token')).toEqual({
      taskDefinition: 'render',
      networkConfiguration: { awsvpcConfiguration: { subnets: ['s-1'], assignPublicIp: 'ENABLED' } },
      overrides: { containerOverrides: [{ name: 'main', environment: [{ name: 'A', value: '5' }] }] },
      clientToken: 'token',
    });
    const item = { TransactItems: [{ Put: { TableName: 't', Item: { BOOL: { Bool: true }, Arn: { S: 'x' } } } }] };
    expect(toService(inputOf(new TransactWriteItemsCommand({} as never)), item, 'token')).toEqual({
      TransactItems: [{ Put: { TableName: 't', Item: { BOOL: { BOOL: true }, Arn: { S: 'x' } } } }],
      ClientRequestToken: 'token',
    });
  });

  test("the chart's own client token counts, and a service that takes none gets none", () => {
    const own = toService(inputOf(new RunTaskCommand({} as never)), { TaskDefinition: 'r', ClientToken: 'mine' }, 't');
    expect(own).toEqual({ taskDefinition: 'r', clientToken: 'mine' });
    const parameter = { Name: 'n', Value: 'v' };
    expect(toService(inputOf(new PutParameterCommand({} as never)), parameter, 't')).toEqual(parameter);
  });

  test('bytes are made of texts, and of values their JSON; times of texts and of seconds', () => {
    const shape = inputOf(new PutObjectCommand({} as never));
    const put = (more: JsonObject) =>
      toService(shape, { Bucket: 'b', Key: 'k', ...more }, 't') as Record<string, unknown>;
    expect(utf8(put({ Body: 'as it is' }).Body)).toBe('as it is');
    expect(utf8(put({ Body: { a: [1] } }).Body)).toBe('{"a":[1]}');
    expect(utf8(put({ Body: false }).Body)).toBe('false');
    expect(put({ Expires: '2026-03-14T01:59:00Z' }).Expires).toEqual(new Date('2026-03-14T01:59:00Z'));
    expect(put({ Expires: 1_773_453_540 }).Expires).toEqual(new Date('2026-03-14T01:59:00Z'));
    expect(put({ Metadata: { 'X-Own': 'v' } }).Metadata).toEqual({ 'X-Own': 'v' });
  });

  test.each<[JsonObject, string]>([
    [{ Bucket: 'b', Prefixes: 'x' }, "The service knows no field 'Prefixes' here."],
    [{ Prefix: 'x' }, "The service needs the field 'Bucket'."],
    [{ Bucket: 'b', MaxKeys: 'many' }, "The field 'MaxKeys' must be a number."],
  ])('%j is refused in a sentence', (input, message) => {
    const shape = inputOf(new ListObjectsV2Command({} as never));
    expect(() => toService(shape, input, 't')).toThrow(new InputMisfit(message));
  });
});

/** A body as the clients give it in Node. */
function bodyOf(chunks: Iterable<string>) {
  const stream = Readable.from(
    (function* () {
      for (const chunk of chunks) yield Buffer.from(chunk);
    })(),
  );
  return Object.assign(stream, { transformToByteArray: () => Promise.reject(new Error('It would be read whole.')) });
}

describe('what comes out', () => {
  test('a body that is too long for a result is read no further than that', async () => {
    const mebibyte = 'x'.repeat(1024 * 1024);
    let given = 0;
    const body = bodyOf(
      (function* () {
        for (; given < 1_000; given++) yield mebibyte;
      })(),
    );
    const shape = outputOf(new GetObjectCommand({} as never));
    await expect(fromService(shape, { Body: body }, sdkMember)).rejects.toThrow(AnswerTooLarge);
    expect(given).toBeLessThan(40);
    expect(body.destroyed).toBe(true);
  });

  test('members are renamed, times become texts, keys of maps stay, and metadata goes', async () => {
    const answer = {
      $metadata: { httpStatusCode: 200 },
      ETag: '"e"',
      SSEKMSKeyId: 'key',
      LastModified: new Date(0),
      Metadata: { ownKey: 'v' },
      ContentLength: 2,
      ExpiresString: undefined,
      Body: bodyOf(['h', 'i']),
    };
    const shape = outputOf(new GetObjectCommand({} as never));
    expect(await fromService(shape, answer, sdkMember)).toEqual({
      ETag: '"e"',
      SsekmsKeyId: 'key',
      LastModified: '1970-01-01T00:00:00.000Z',
      Metadata: { ownKey: 'v' },
      ContentLength: 2,
      Body: 'hi',
    });
  });

  test('bytes that are no text come in Base64', async () => {
    const answer = { Payload: new Uint8Array([0xff, 0xfe]) };
    expect(await fromService(outputOf(new InvokeCommand({} as never)), answer, capitalized)).toEqual({
      Payload: '//4=',
    });
  });

  test('an optimized integration keeps the names of the service, with a capital', async () => {
    const answer = { tasks: [{ taskArn: 'a', containers: [{ exitCode: 0 }] }], failures: [] };
    expect(await fromService(outputOf(new RunTaskCommand({} as never)), answer, capitalized)).toEqual({
      Tasks: [{ TaskArn: 'a', Containers: [{ ExitCode: 0 }] }],
      Failures: [],
    });
  });
});

describe('lambda', () => {
  test('any payload becomes JSON, a text too; an object as client context Base64', () => {
    expect(toInvocation({ FunctionName: 'f', Payload: 'text', ClientContext: { a: 1 } })).toEqual({
      FunctionName: 'f',
      Payload: '"text"',
      ClientContext: 'eyJhIjoxfQ==',
    });
    expect(toInvocation({ FunctionName: 'f', Payload: null })).toEqual({ FunctionName: 'f', Payload: 'null' });
  });

  test('the payload of the answer is a value where it is JSON; an empty one is none', () => {
    expect(fromInvocation({ StatusCode: 200, Payload: '[1]' })).toMatchObject({ ok: true, output: { Payload: [1] } });
    expect(fromInvocation({ StatusCode: 202, Payload: '' })).toMatchObject({ ok: true, output: { StatusCode: 202 } });
  });

  test("a function's error has its own type; one without a type is unknown", () => {
    const Payload = '{"errorType":"Tired","errorMessage":"later"}';
    expect(fromInvocation({ FunctionError: 'Unhandled', Payload })).toEqual({
      ok: false,
      error: 'Tired',
      cause: Payload,
    });
    const killed = fromInvocation({ FunctionError: 'Unhandled', Payload: '{"errorMessage":"Task timed out"}' });
    expect(killed).toMatchObject({
      ok: false,
      error: 'Lambda.Unknown',
      cause: expect.stringContaining('Task timed out'),
    });
  });
});

describe('failures that a good answer holds', () => {
  test('an event that was not taken fails the Task', () => {
    const Entries: Json = [{ EventId: 'e' }, { ErrorCode: 'InvalidArgument', ErrorMessage: 'Source is missing.' }];
    const failure = OPTIMIZED['events:putEvents']?.failure;
    expect(failure?.({ Entries, FailedEntryCount: 1, more: 'dropped' })).toEqual({
      ok: false,
      error: 'EventBridge.FailedEntry',
      cause: JSON.stringify({ Entries, FailedEntryCount: 1 }),
    });
    expect(failure?.({ Entries: [], FailedEntryCount: 0 })).toBeUndefined();
  });

  test('a task on ECS that found no room fails the Task', () => {
    const failure = OPTIMIZED['ecs:runTask']?.failure;
    expect(failure?.({ Tasks: [], Failures: [{ Reason: 'RESOURCE:CPU' }] })).toMatchObject({
      ok: false,
      error: 'AmazonECS.Unknown',
      cause: expect.stringContaining('RESOURCE:CPU'),
    });
    expect(failure?.({ Tasks: [{ TaskArn: 'a' }], Failures: [] })).toBeUndefined();
  });
});

test('a client token is a UUID of 36 characters, the same for the same key only', async () => {
  const token = await clientToken('chart:run#1');
  expect(token).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(await clientToken('chart:run#1')).toBe(token);
  expect(await clientToken('chart:run#2')).not.toBe(token);
});
