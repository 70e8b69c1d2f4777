import { expect, test } from 'vitest';
import { awsServer } from '#test/cli/aws/aws-server';
import { useAwsEnvironment } from '#test/cli/aws/environment';
import { describedStack } from '#test/support/emulators/stacks';
import { commandLine } from '../command-line.ts';

useAwsEnvironment();

const OUTPUTS = {
  ApiUrl: 'https://abc.execute-api.eu-west-1.amazonaws.com/',
  TableName: 'flowbeat-table',
  QueuePrefix: 'flow-',
  WindowMs: '20000',
  BucketName: 'flowbeat-values',
};

const failed = (code: string, message: string) =>
  `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`;

/** CloudFormation and the API at one address, as an emulator has them. */
const cloud = (outputs: Record<string, string> = OUTPUTS) =>
  awsServer(({ service, body }) => {
    if (service === 'execute-api') return { status: 200, body: '{"items":[]}' };
    const name = new URLSearchParams(body).get('StackName');
    if (name === 'flowbeat') return { status: 200, type: 'text/xml', body: describedStack(name, outputs) };
    if (name === 'secret') {
      return {
        status: 403,
        type: 'text/xml',
        body: failed('AccessDenied', 'User: arn:aws:iam::1:user/a is not authorized'),
      };
    }
    return { status: 400, type: 'text/xml', body: failed('ValidationError', `Stack with id ${name} does not exist`) };
  });

const line = (url: string, env: Record<string, string> = {}) => {
  process.env.AWS_ENDPOINT_URL = url;
  return commandLine({ env: { AWS_ENDPOINT_URL: url, ...env }, fetch: (at, init) => fetch(at, init) });
};

test("--stack finds the API in the stack's outputs and signs for it; FLOWBEAT_STACK does the same", async () => {
  await using server = await cloud();
  const { run } = line(server.url, { FLOWBEAT_STACK: 'flowbeat' });
  expect((await run('runs', 'list', '--stack', 'flowbeat')).err).toBe('');
  expect((await run('workers', 'list')).err).toBe('');
  const calls = server.asked.filter(({ service }) => service === 'execute-api');
  expect(calls.map(({ url, region }) => [url.split('?')[0], region])).toEqual([
    ['/_aws/execute-api/abc/$default/v1/runs', 'eu-west-1'],
    ['/_aws/execute-api/abc/$default/v1/workers', 'eu-west-1'],
  ]);
});

test('a worker is given one value, the name of the stack, and knows the rest', async () => {
  await using server = await cloud();
  const { run, launched } = line(server.url);
  expect((await run('worker', '--stack', 'flowbeat', '--queue', 'gpu')).err).toBe('');
  expect(launched).toMatchObject([
    {
      store: {
        kind: 'dynamodb',
        table: 'flowbeat-table',
        queuePrefix: 'flow-',
        bucket: 'flowbeat-values',
        functions: true,
      },
      windowMs: 20_000,
      queues: ['gpu'],
    },
  ]);
  const both = await run('worker', '--stack', 'flowbeat', '--table', 'other');
  expect([both.exit, both.err]).toEqual([2, expect.stringContaining('--stack says where the state is')]);
});

test('a stack that is not there, not ours or not readable is one sentence', async () => {
  await using server = await cloud({ Something: 'else' });
  const { run } = line(server.url);
  const missing = await run('runs', 'list', '--stack', 'none');
  expect([missing.exit, missing.err]).toEqual([4, expect.stringContaining('no stack "none" in region eu-west-1')]);
  expect((await run('runs', 'list', '--stack', 'flowbeat')).err).toContain('no output ApiUrl');
  expect((await run('runs', 'list', '--stack', 'secret')).err).toContain('cloudformation:DescribeStacks');
  for (const { err } of [missing]) expect(err.trim().split('\n')).toHaveLength(1);
});

test('without a region the stack is not looked for', async () => {
  delete process.env.AWS_REGION;
  await using server = await cloud();
  const { exit, err } = await line(server.url).run('runs', 'list', '--stack', 'flowbeat');
  expect([exit, err]).toEqual([2, expect.stringContaining('AWS_REGION')]);
});
