// Events as API Gateway and Lambda sent them, with accounts and keys replaced.

/** An HTTP API with its IAM authorizer, on a stage of its own. */
export const HTTP_API_IAM = {
  version: '2.0',
  routeKey: 'ANY /{proxy+}',
  rawPath: '/prod/v1/charts/hello/runs',
  rawQueryString: '',
  headers: {
    accept: 'application/json',
    'content-length': '17',
    'content-type': 'application/json',
    host: 'abc123.execute-api.us-east-1.amazonaws.com',
    'user-agent': 'node',
    'x-amz-date': '20261126T120000Z',
    'x-amzn-trace-id': 'Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e',
    'x-forwarded-for': '198.51.100.1',
    'x-forwarded-port': '443',
    'x-forwarded-proto': 'https',
  },
  requestContext: {
    accountId: '111122223333',
    apiId: 'abc123',
    authorizer: {
      iam: {
        accessKey: 'AKIAIOSFODNN7EXAMPLE',
        accountId: '111122223333',
        callerId: 'AIDACKCEVSQ6C2EXAMPLE',
        cognitoIdentity: null,
        principalOrgId: null,
        userArn: 'arn:aws:iam::111122223333:user/example-user',
        userId: 'AIDACOSFODNN7EXAMPLE2',
      },
    },
    domainName: 'abc123.execute-api.us-east-1.amazonaws.com',
    domainPrefix: 'abc123',
    http: {
      method: 'POST',
      path: '/prod/v1/charts/hello/runs',
      protocol: 'HTTP/1.1',
      sourceIp: '198.51.100.1',
      userAgent: 'node',
    },
    requestId: 'JKJaXmPLvHcESHA=',
    routeKey: 'ANY /{proxy+}',
    stage: 'prod',
    time: '26/Nov/2026:12:00:00 +0000',
    timeEpoch: 1795694400000,
  },
  pathParameters: { proxy: 'v1/charts/hello/runs' },
  body: '{"name":"by-iam"}',
  isBase64Encoded: false,
} as const;

/** A function URL with IAM: the body in base64, the query with an encoded character. */
export const FUNCTION_URL_IAM = {
  version: '2.0',
  routeKey: '$default',
  rawPath: '/v1/runs',
  rawQueryString: 'chart=hello&limit=5',
  headers: {
    host: 'q1w2e3.lambda-url.us-east-1.on.aws',
    accept: '*/*',
    'x-forwarded-proto': 'https',
    'x-forwarded-port': '443',
    'x-forwarded-for': '198.51.100.1',
  },
  queryStringParameters: { chart: 'hello', limit: '5' },
  requestContext: {
    accountId: '111122223333',
    apiId: 'q1w2e3',
    authentication: null,
    authorizer: {
      iam: {
        accessKey: 'AKIAIOSFODNN7EXAMPLE',
        accountId: '111122223333',
        callerId: 'AIDACKCEVSQ6C2EXAMPLE',
        cognitoIdentity: null,
        principalOrgId: 'aws:PrincipalOrgID',
        userArn: 'arn:aws:sts::111122223333:assumed-role/admin/me',
        userId: 'AIDACOSFODNN7EXAMPLE2',
      },
    },
    domainName: 'q1w2e3.lambda-url.us-east-1.on.aws',
    domainPrefix: 'q1w2e3',
    http: { method: 'GET', path: '/v1/runs', protocol: 'HTTP/1.1', sourceIp: '198.51.100.1', userAgent: 'curl/8' },
    requestId: '0b1c2d3e',
    routeKey: '$default',
    stage: '$default',
    time: '26/Nov/2026:12:00:00 +0000',
    timeEpoch: 1795694400000,
  },
  isBase64Encoded: false,
} as const;

/** An HTTP API with a JWT authorizer, on the default stage. */
export const HTTP_API_JWT = {
  ...HTTP_API_IAM,
  rawPath: '/v1/runs/hello:by-iam:cancel',
  headers: { ...HTTP_API_IAM.headers, authorization: 'Bearer eyJexample', 'content-length': '2' },
  requestContext: {
    ...HTTP_API_IAM.requestContext,
    authorizer: {
      jwt: { claims: { iss: 'https://issuer.example.com/', sub: 'user|42', aud: 'flowbeat' }, scopes: null },
    },
    http: { ...HTTP_API_IAM.requestContext.http, path: '/v1/runs/hello:by-iam:cancel' },
    stage: '$default',
  },
  body: 'e30=',
  isBase64Encoded: true,
} as const;
