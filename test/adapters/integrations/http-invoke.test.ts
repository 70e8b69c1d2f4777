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
let answer: { status: number; type: string; body: string; more?: Record<string, string> };
/** What AWS says of the connection `shop`, in the place of EventBridge and Secrets Manager. */
let secret: JsonObject | string = {};

const fromAws = (target: string): JsonObject =>
  target.endsWith('DescribeConnection')
    ? { SecretArn: 'arn:secret' }
    : { SecretString: typeof secret === 'string' ? secret : JSON.stringify(secret) };

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
    if (request.url === '/token-later') {
      response.writeHead(503).end();
      return;
    }
    if (request.url === '/token-as-text') {
      response.end('tok3n-t0p');
      return;
    }
    if (request.url === '/token') {
      response.end('{"access_token":"t1","expires_in":3600}');
      return;
    }
    response.writeHead(answer.status, { 'Content-Type': answer.type, ...answer.more }).end(answer.body);
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

  test('headers of any name come back', async () => {
    answer.more = { constructor: 'a', __proto__x: 'b' };
    expect(await invoke({})).toMatchObject({
      ok: true,
      output: { Headers: { constructor: ['a'], __proto__x: ['b'] } },
    });
  });

  test('a form that grows far beyond its body is refused', async () => {
    const Transform = { RequestBodyEncoding: 'URL_ENCODED', RequestEncodingOptions: { ArrayFormat: 'REPEAT' } };
    const RequestBody = { ['k'.repeat(100_000)]: Array.from({ length: 1_000 }, () => 1) };
    expect(await invoke({ Method: 'POST', RequestBody, Transform })).toMatchObject({
      ok: false,
      error: 'States.Runtime',
      cause: expect.stringContaining("'RequestBody' is longer than 16 MiB as a form"),
    });
    expect(seen).toEqual([]);
  });

  test.each<[string, JsonObject]>([
    [
      "'ApiEndpoint' holds a name or a password: they belong to a connection, or to the headers.",
      { ApiEndpoint: 'http://ada:pw@x/' },
    ],
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

test.each(['169.254.169.254', '2852039166', '0xa9.0xfe.0xaa.2', '[::ffff:169.254.169.254]', '[fd00:ec2::254]'])(
  'a host tells nobody of itself at %s',
  async (host) => {
    const outcome = await invoke({ ApiEndpoint: `http://${host}/latest/meta-data` });
    expect(outcome).toMatchObject({
      ok: false,
      error: 'States.Runtime',
      cause: expect.stringContaining('credentials'),
    });
  },
);

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

  test('asks for a token with what its owner had put into that request', async () => {
    const pair = (Key: string, Value: string) => [{ Key, Value, IsValueSecret: false }];
    secret = {
      client_id: 'c',
      client_secret: 's',
      authorization_endpoint: `${origin}/token`,
      http_method: 'POST',
      oauth_http_parameters: {
        HeaderParameters: pair('X-Tenant', 't'),
        BodyParameters: pair('scope', 'read'),
      },
    };
    await through('oauth-more');
    expect(seen[0]).toMatchObject({
      url: '/token',
      headers: { 'x-tenant': 't' },
      body: 'scope=read&grant_type=client_credentials&client_id=c&client_secret=s',
    });
    expect(seen[1]?.headers).not.toHaveProperty('x-tenant');
  });

  test('that is not there fails the Task', async () => {
    expect(await through('missing')).toEqual({
      ok: false,
      error: 'Events.ConnectionResource.NotFound',
      cause: 'no such',
    });
    expect(seen).toEqual([]);
  });

  test('keeps its key to itself where the server sends the request elsewhere', async () => {
    secret = { api_key_name: 'X-Key', api_key_value: 'k', invocation_http_parameters: {} };
    answer = {
      status: 307,
      type: 'text/plain',
      body: '',
      more: { Location: `${origin.replace('127.0.0.1', 'localhost')}/thief` },
    };
    expect(await through('moved', { Method: 'POST', RequestBody: {} })).toMatchObject({
      ok: false,
      error: 'States.Http.StatusCode.307',
    });
    expect(seen.map(({ url }) => url)).toEqual(['/v1/things']);
  });

  test.each<[string, JsonObject | string]>([
    ['a secret that is no JSON', 'tok3n-t0p secret'],
    ['a secret that is no object', '"tok3n-t0p"'],
    ['a key that no header can hold', { api_key_name: 'X-Key', api_key_value: 'tok3n-t0p\nx' }],
    [
      'a parameter that no header can hold',
      {
        username: 'a',
        password: 'b',
        invocation_http_parameters: { HeaderParameters: [{ Key: 'X', Value: 'tok3n-t0p\nx' }] },
      },
    ],
    ['an endpoint that is no URL', { client_id: 'c', client_secret: 's', authorization_endpoint: 'tok3n-t0p' }],
    ['a token that is no JSON', { client_id: 'c', client_secret: 's', authorization_endpoint: 'TOKEN' }],
  ])('tells nothing of %s', async (name, given) => {
    secret = JSON.parse(JSON.stringify(given).replace('TOKEN', `${origin}/token-as-text`)) as JsonObject | string;
    const outcome = await through(name.replaceAll(' ', '-'));
    expect(outcome).toMatchObject({ ok: false, error: 'States.Runtime', cause: expect.stringContaining('connection') });
    expect(JSON.stringify(outcome)).not.toContain('tok3n-t0p');
  });

  test('whose endpoint has no token just now fails the Task so that it can be tried again', async () => {
    secret = { client_id: 'c', client_secret: 's', authorization_endpoint: `${origin}/token-later` };
    expect(await through('later')).toEqual({
      ok: false,
      error: 'Events.ConnectionResource.Unavailable',
      cause: "The connection's authorization endpoint gave no token: status 503.",
    });
  });

  test('that one Task gave up asking for is asked for by the next', async () => {
    secret = { username: 'ada', password: 'pw' };
    const Authentication = { ConnectionArn: 'arn:aws:events:us-east-1:111111111111:connection/shared/0f9a' };
    const call = (signal: AbortSignal) =>
      services.call({
        resource: 'http:invoke',
        input: { ApiEndpoint: `${origin}/v1/things`, Method: 'GET', Authentication },
        idempotencyKey: 'chart:run#1',
        signal,
      });
    const first = new AbortController();
    const [gaveUp, goesOn] = [call(first.signal), call(new AbortController().signal)];
    first.abort();
    expect(await gaveUp).toMatchObject({ ok: false });
    expect(await goesOn).toMatchObject({ ok: true });
  });
});
