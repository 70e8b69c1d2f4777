import { expect, test } from 'vitest';
import { emulated, scopeOf } from '#cli/aws/address';
import { awsServer } from '#test/cli/aws/aws-server';
import { useAwsEnvironment } from '#test/cli/aws/environment';
import { commandLine } from '../command-line.ts';

useAwsEnvironment();

const empty = () => ({ status: 200, body: '{"items":[]}' });
const line = (env: Record<string, string> = {}) =>
  commandLine({ env: { AWS_REGION: 'eu-west-1', ...env }, fetch: (url, init) => fetch(url, init) });

test('requests are signed so that an independent check accepts them: body, query and odd characters included', async () => {
  await using server = await awsServer(({ method, url }) =>
    method === 'POST'
      ? { status: 201, body: '{"run":"report:a","chart":"report","name":"a","created":true,"startedAt":"x"}' }
      : { status: 200, body: url.startsWith('/v1/runs/') ? '{"items":[]}' : '{"items":[]}' },
  );
  const { run } = line();
  const at = ['--endpoint', server.url, '--sign'];
  expect((await run('runs', 'start', 'report', '--input', '{"ä":"🦊"}', '--idempotency-key', 'k 1', ...at)).err).toBe(
    '',
  );
  expect((await run('runs', 'list', '--chart', "a b&c=d'(é)*", '--cursor', 'x/+=', ...at)).exit).toBe(0);
  expect((await run('runs', 'history', 'report:a', ...at)).err).toBe('');
  expect(server.asked.map(({ service, region }) => [service, region])).toEqual(
    server.asked.map(() => ['execute-api', 'eu-west-1']),
  );
  expect(JSON.parse(server.asked[0]?.body ?? '')).toEqual({ input: { ä: '🦊' } });
});

test('an address of AWS is signed for unasked, for its own service and region', () => {
  expect(scopeOf('https://abc.execute-api.us-east-1.amazonaws.com/prod')).toEqual({
    service: 'execute-api',
    region: 'us-east-1',
  });
  expect(scopeOf('https://abc.lambda-url.eu-north-1.on.aws/')).toEqual({ service: 'lambda', region: 'eu-north-1' });
  expect(scopeOf('https://execute-api.example.com')).toBeUndefined();
  expect(scopeOf('https://abc.execute-api.us-east-1.amazonaws.com.example.com')).toBeUndefined();
});

test('an address of AWS is called at the emulator that stands in for it', () => {
  const url = 'https://abc.execute-api.us-east-1.amazonaws.com/';
  expect(emulated(url, 'http://127.0.0.1:4566/')).toBe('http://127.0.0.1:4566/_aws/execute-api/abc/$default');
  expect(emulated(`${url}prod`, 'http://127.0.0.1:4566')).toBe('http://127.0.0.1:4566/_aws/execute-api/abc/prod');
  expect(emulated(url, undefined)).toBe(url);
});

test('what the gateway refuses is one sentence that says what is needed', async () => {
  await using server = await awsServer(() => ({
    status: 403,
    body: '{"Message":"User: arn:aws:iam::1:user/a is not authorized to perform: execute-api:Invoke on resource: x"}',
  }));
  const { run } = line();
  const denied = await run('runs', 'list', '--endpoint', server.url, '--sign');
  expect([denied.exit, denied.err.split('\n').length]).toEqual([2, 2]);
  expect(denied.err).toContain('execute-api:Invoke');
  const unsigned = await run('runs', 'list', '--endpoint', server.url);
  expect(unsigned.err).toContain('Missing Authentication Token');
  expect(unsigned.err).toContain('--sign');
  process.env.AWS_ACCESS_KEY_ID = 'AKIDOTHER';
  expect((await run('runs', 'list', '--endpoint', server.url, '--sign')).err).toContain(
    'does not know these credentials',
  );
});

test.each([
  [429, '{"message":"Too Many Requests"}', 'Try again in a while', 2],
  [503, '{"message":"Service Unavailable"}', 'failed before the API answered', 1],
  [413, '{"message":"Request Entity Too Large"}', 'too large', 2],
])('what the gateway says with %i is told with what to do', async (status, body, told, exit) => {
  const { run } = commandLine({ fetch: async () => new Response(body, { status }) });
  const answer = await run('runs', 'list', '--server', 'http://gateway.example');
  expect([answer.exit, answer.err]).toEqual([exit, expect.stringContaining(told)]);
});

test('without credentials nothing is sent, and the sentence says where they may come from', async () => {
  delete process.env.AWS_ACCESS_KEY_ID;
  await using server = await awsServer(empty);
  const { exit, err } = await line().run('runs', 'list', '--endpoint', server.url, '--sign');
  expect([exit, server.asked.length, err.trim().split('\n').length]).toEqual([2, 0, 1]);
  expect(err).toContain('AWS_PROFILE');
});

test('--sign without a region is refused before anything is sent', async () => {
  await using server = await awsServer(empty);
  const { run } = commandLine({ env: {}, fetch: (url, init) => fetch(url, init) });
  const { exit, err } = await run('runs', 'list', '--endpoint', server.url, '--sign');
  expect([exit, server.asked.length]).toEqual([2, 0]);
  expect(err).toContain('AWS_REGION');
});

test('a token goes to a JWT authorizer in place of a signature', async () => {
  const seen: (string | null)[] = [];
  const { run } = commandLine({
    env: { FLOWBEAT_TOKEN: 'abc', FLOWBEAT_ENDPOINT: 'https://x.execute-api.us-east-1.amazonaws.com' },
    fetch: async (_url, init) => {
      seen.push(new Headers(init.headers).get('authorization'));
      return Response.json({ message: 'Unauthorized' }, { status: 401 });
    },
  });
  const { err } = await run('runs', 'list');
  expect(seen).toEqual(['Bearer abc']);
  expect(err).toContain('FLOWBEAT_TOKEN');
});

test('a server is named in one way only', async () => {
  const { run } = line({ FLOWBEAT_STACK: 's', FLOWBEAT_SERVER: 'http://x' });
  expect((await run('runs', 'list', '--server', 'http://a', '--stack', 's')).err).toContain('Leave all but one out');
  expect((await run('runs', 'list')).err).toContain('both a stack and an address');
});
