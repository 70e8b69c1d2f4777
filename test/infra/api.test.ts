import { Match } from 'aws-cdk-lib/assertions';
import { User } from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import { installation, templateOf } from './support/synthesize.ts';

describe('the API', () => {
  test('is an HTTP API that knows whom IAM allows', () => {
    const template = templateOf();
    template.resourceCountIs('AWS::ApiGatewayV2::Route', 1);
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', {
      RouteKey: 'ANY /{proxy+}',
      AuthorizationType: 'AWS_IAM',
    });
  });

  test('takes tokens of an issuer by option', () => {
    const template = templateOf({ authorizer: { jwt: { issuer: 'https://login.example', audience: ['flowbeat'] } } });
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', {
      AuthorizationType: 'JWT',
      AuthorizerId: Match.anyValue(),
    });
    template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      JwtConfiguration: { Issuer: 'https://login.example', Audience: ['flowbeat'] },
    });
  });

  test('is a function URL by option, which knows IAM alone', () => {
    const template = templateOf({ api: 'function-url' });
    template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'AWS_IAM' });
    template.resourceCountIs('AWS::ApiGatewayV2::Api', 0);
    const jwt = { issuer: 'https://login.example', audience: ['flowbeat'] };
    expect(() => templateOf({ api: 'function-url', authorizer: { jwt } })).toThrow('A function URL knows no tokens');
  });

  test('refuses tokens that are for nobody', () => {
    const jwt = { issuer: 'https://login.example', audience: [] };
    expect(() => templateOf({ authorizer: { jwt } })).toThrow('audience');
  });

  test.each([
    ['http-api', 'execute-api:Invoke'],
    ['function-url', 'lambda:InvokeFunctionUrl'],
  ] as const)('as %s may be called by whom it is granted to', (api, action) => {
    const { flowbeat, stack, template } = installation({ api });
    flowbeat.api.grantInvoke(new User(stack, 'Somebody'));
    const [policy] = Object.values(template().findResources('AWS::IAM::Policy')).filter(
      ({ Properties }) => Properties.Users,
    );
    expect(JSON.stringify(policy)).toContain(action);
  });
});
