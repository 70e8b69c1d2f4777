import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type AwsIntegrations, awsIntegrations } from '#adapters/integrations/aws-integrations';
import type { JsonObject } from '#engine/json';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server that answers what it is told to, and remembers what it was asked. */
let server: Server;
let origin: string;
let services: AwsIntegrations;
let seen: Seen[] = [];
let answer: { readonly status: number; readonly type: string; readonly body: string };
/** What AWS says of the connection `shop`, in the place of EventBridge and Secrets Manager. */
let secret: JsonObject = {};

const fromAws = (target: string): JsonObject =>
  target.endsWith('DescribeConnection') ? { SecretArn: 'arn:secret' } : { SecretString: JSON.stringify(secret) };

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const target = request.headers['x-amz-target'];
    if (typeof target === 'string') {
      if (body.includes('"missing"')) {
        const type = 'ResourceNotFoundException';
        response.writeHead(400, { 'x-amzn-errortype': type }).end(JSON.stringify({ __type: type, message: 'no such' }));
        return;
      }
      response.writeHead(200, { 'Content-Type': 'application/x-amz-json-1.1' }).end(JSON.stringify(fromAws(target)));
      return;
    }
    seen.push({ method: request.method, url: request.url, headers: request.headers, body });
    if (request.url === '/token') {
      response.end('{"access_token":"t1","expires_in":3600}');
      return;
    }
    response.writeHead(answer.status, { 'Content-Type': answer.type }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const name of ['EVENTBRIDGE', 'SECRETS_MANAGER']) vi.stubEnv(`AWS_ENDPOINT_URL_${name}`, origin);
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'test');
  vi.stubEnv('AWS_REGION', 'us-east-1');
  services = awsIntegrations();
});

afterAll(async () => {
  await services.close();
  vi.unstubAllEnvs();
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(() => {
  seen = [];
  answer = { status: 200, type: 'application/json', body: '{"ok":true}' };
});

const invoke = (input: JsonObject) =>
  services.call({
    resource: 'http:invoke',
    input: { ApiEndpoint: `${origin}/v1/things`, Method: 'GET', ...input },
    idempotencyKey: 'chart:run#1',
    signal: new AbortController().signal,
  });

describe('http:invoke', () => {
  test('sends query and headers, and gives what came back', async () => {
    const outcome = await invoke({ QueryParameters: { page: 2, tag: ['a', 'b c'] }, Headers: { 'X-Trace': 'one' } });
    expect(seen).toMatchObject([
      { method: 'GET', url: '/v1/things?page=2&tag=a&tag=b+c', headers: { 'x-trace': 'one' } },
    ]);
    expect(outcome).toMatchObject({
      ok: true,
      output: {
        StatusCode: 200,
        StatusText: 'OK',
        ResponseBody: { ok: true },
        Headers: { 'content-type': ['application/json'] },
      },
    });
  });

  test('sends a body as JSON; an answer that is no JSON is a text', async () => {
    answer = { status: 201, type: 'text/plain', body: 'größer' };
    expect(await invoke({ Method: 'POST', RequestBody: { a: [1, null] } })).toMatchObject({
      ok: true,
      output: { ResponseBody: 'größer', StatusCode: 201 },
    });
    expect(seen).toMatchObject([{ headers: { 'content-type': 'application/json' }, body: '{"a":[1,null]}' }]);
  });

  test.each([
    ['INDICES', 'card[n]=4&x[0]=1&x[1]=2'],
    ['BRACKETS', 'card[n]=4&x[]=1&x[]=2'],
    ['REPEAT', 'card[n]=4&x=1&x=2'],
    ['COMMAS', 'card[n]=4&x=1,2'],
    ['NONE', 'card[n]=4'],
  ])('sends a form, with arrays as %s', async (ArrayFormat, form) => {
    const Transform = { RequestBodyEncoding: 'URL_ENCODED', RequestEncodingOptions: { ArrayFormat } };
    await invoke({ Method: 'POST', RequestBody: { card: { n: 4 }, x: [1, 2] }, Transform });
    expect(seen[0]?.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
    expect(decodeURIComponent(seen[0]?.body ?? '')).toBe(form);
  });

  test('an error of the server has its status in its name, one of the connection another', async () => {
    answer = { status: 404, type: 'application/json', body: '{"message":"gone"}' };
    expect(await invoke({})).toEqual({ ok: false, error: 'States.Http.StatusCode.404', cause: '{"message":"gone"}' });
    expect(await invoke({ ApiEndpoint: 'http://127.0.0.1:1/' })).toMatchObject({
      ok: false,
      error: 'States.Http.Socket',
    });
  });

  test.each<[string, JsonObject]>([
    ['\'ApiEndpoint\' must be a URL of HTTPS or HTTP, not "ftp://x".', { ApiEndpoint: 'ftp://x' }],
    ['\'Method\' must be one of GET, POST, PUT, DELETE, PATCH, OPTIONS, HEAD, not "get".', { Method: 'get' }],
    ["The header 'Host' cannot be set.", { Headers: { Host: 'x' } }],
    ["A request by GET has no 'RequestBody'.", { RequestBody: {} }],
    ["'ConnectionArn' must be a string.", { Authentication: {} }],
    ["'x' is no ARN of an EventBridge connection.", { Authentication: { ConnectionArn: 'x' } }],
  ])('%s', async (said, input) => {
    expect(await invoke(input)).toEqual({
      ok: false,
      error: 'States.Runtime',
      cause: `The call of http:invoke cannot be made. ${said}`,
    });
    expect(seen).toEqual([]);
  });
});

describe('a connection of EventBridge', () => {
  const through = (name: string, input: JsonObject = {}) => {
    const ConnectionArn = `arn:aws:events:us-east-1:111111111111:connection/${name}/0f9a`;
    return invoke({ ...input, Authentication: { ConnectionArn } });
  };

  test('adds a name and a password, and what its owner wants in each request', async () => {
    secret = {
      username: 'ada',
      password: 'pw',
      invocation_http_parameters: {
        HeaderParameters: [{ Key: 'X-Shop', Value: '7' }],
        QueryStringParameters: [{ Key: 'v', Value: '2' }],
        BodyParameters: [{ Key: 'shop', Value: 'main' }],
      },
    };
    expect(await through('basic', { Method: 'POST', RequestBody: { a: 1 } })).toMatchObject({ ok: true });
    expect(seen).toMatchObject([
      {
        url: '/v1/things?v=2',
        headers: { authorization: `Basic ${btoa('ada:pw')}`, 'x-shop': '7' },
        body: '{"a":1,"shop":"main"}',
      },
    ]);
  });

  test('adds a key, over what the chart says', async () => {
    secret = { api_key_name: 'X-Key', api_key_value: 'k' };
    await through('key', { Headers: { 'X-Key': 'mine' } });
    expect(seen).toMatchObject([{ headers: { 'x-key': 'k' } }]);
  });

  test('gets a token once, and uses it until it is old', async () => {
    secret = { client_id: 'c', client_secret: 's', authorization_endpoint: `${origin}/token`, http_method: 'POST' };
    await through('oauth');
    await through('oauth');
    expect(seen.map(({ url }) => url)).toEqual(['/token', '/v1/things', '/v1/things']);
    expect(seen[0]?.body).toBe('grant_type=client_credentials&client_id=c&client_secret=s');
    expect(seen[2]?.headers.authorization).toBe('Bearer t1');
  });

  test('that is not there fails the Task', async () => {
    expect(await through('missing')).toEqual({
      ok: false,
      error: 'Events.ConnectionResource.NotFound',
      cause: 'no such',
    });
    expect(seen).toEqual([]);
  });
});
