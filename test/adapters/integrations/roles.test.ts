import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type AwsIntegrations, awsIntegrations } from '#adapters/integrations/aws-integrations';

const ROLE = 'arn:aws:iam::111111111111:role/Other';

/** STS and SQS at once: each request is known by what it asks for. */
let server: Server;
let services: AwsIntegrations;
let assumed: URLSearchParams[] = [];
let signedBy: string[] = [];
let sts: { status: number; body: string };

const given = (key: string, expires: Date) => ({
  status: 200,
  body: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>${key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${expires.toISOString()}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
});

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (body.includes('Action=AssumeRole')) {
      assumed.push(new URLSearchParams(body));
      response.writeHead(sts.status, { 'Content-Type': 'text/xml' }).end(sts.body);
      return;
    }
    signedBy.push(/Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? '');
    response.writeHead(200, { 'Content-Type': 'application/x-amz-json-1.0' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const name of ['STS', 'SQS']) vi.stubEnv(`AWS_ENDPOINT_URL_${name}`, origin);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'OWN');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('AWS_REGION', 'us-east-1');
  services = awsIntegrations();
});

afterAll(async () => {
  await services.close();
  vi.unstubAllEnvs();
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(() => {
  assumed = [];
  signedBy = [];
});

const send = (role?: string) =>
  services.call({
    resource: 'aws-sdk:sqs:listQueues',
    input: {},
    role,
    idempotencyKey: 'chart:run#1',
    signal: new AbortController().signal,
  });

test('a call is made in the role that it names, whose credentials are kept; others are made as before', async () => {
  sts = given('OTHER', new Date(Date.now() + 3_600_000));
  expect(await send(ROLE)).toMatchObject({ ok: true });
  expect(await send(ROLE)).toMatchObject({ ok: true });
  expect(await send()).toMatchObject({ ok: true });
  expect(signedBy).toEqual(['OTHER', 'OTHER', 'OWN']);
  expect(assumed.map((each) => [each.get('RoleArn'), each.get('RoleSessionName')])).toEqual([[ROLE, 'flowbeat']]);
});

test('a role that may not be assumed: nothing is called', async () => {
  sts = {
    status: 403,
    body: '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>',
  };
  expect(await send(`${ROLE}2`)).toEqual({
    ok: false,
    error: 'States.Permissions',
    cause: expect.stringContaining(`The role ${ROLE}2 cannot be assumed`),
  });
  expect(signedBy).toEqual([]);
});

test('STS is asked too often: the call failed, and the role is not said to be refused', async () => {
  sts = {
    status: 400,
    body: '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>',
  };
  expect(await send(`${ROLE}3`)).toMatchObject({ ok: false, error: 'Sqs.SqsException' });
  expect(signedBy).toEqual([]);
});

test('the clients of a few roles are kept, of however many are asked for', async () => {
  sts = given('OTHER', new Date(Date.now() + 3_600_000));
  for (let i = 0; i < 40; i++) expect(await send(`${ROLE}-${i}`)).toMatchObject({ ok: true });
  expect(assumed).toHaveLength(40);
  await send(`${ROLE}-39`);
  expect(assumed).toHaveLength(40);
  await send(`${ROLE}-0`);
  expect(assumed).toHaveLength(41);
});
