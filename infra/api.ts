import { HttpApi, HttpMethod, type IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { FunctionUrl, FunctionUrlAuthType, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

/** Who may call the API: whom IAM allows, or who carries a token that an issuer has signed for an audience. */
export type Authorizer = 'iam' | { readonly jwt: { readonly issuer: string; readonly audience: readonly string[] } };

/** By what the API is reached. */
export type ApiKind = 'http-api' | 'function-url';

/** What the API is made with. */
export interface ApiProps {
  readonly target: LambdaFunction;
  readonly kind: ApiKind;
  readonly authorizer: Authorizer;
}

/**
 * The API's address. An HTTP API, or a function URL, which costs nothing for each call, answers longer than 30 s and knows IAM alone. Nothing is
 * public: each call is signed or carries a token.
 */
export class Api extends Construct {
  /** Without a slash at its end. */
  readonly url: string;
  readonly #grantInvoke: (who: IGrantable) => Grant;

  constructor(scope: Construct, id: string, { target, kind, authorizer }: ApiProps) {
    super(scope, id);
    if (kind === 'function-url') {
      if (authorizer !== 'iam') {
        throw new Error("A function URL knows no tokens: leave `authorizer` out, or take `api: 'http-api'`.");
      }
      const url = new FunctionUrl(this, 'Url', { function: target, authType: FunctionUrlAuthType.AWS_IAM });
      this.url = url.url;
      this.#grantInvoke = (who) => url.grantInvokeUrl(who);
      return;
    }
    const api = new HttpApi(this, 'HttpApi', { createDefaultStage: true });
    const [route] = [
      ...api.addRoutes({
        path: '/{proxy+}',
        methods: [HttpMethod.ANY],
        integration: new HttpLambdaIntegration('Lambda', target),
        authorizer: authorizerOf(authorizer),
      }),
    ];
    this.url = api.apiEndpoint;
    this.#grantInvoke = (who) => route!.grantInvoke(who);
  }

  /** Lets somebody call the API, where IAM decides. */
  grantInvoke(who: IGrantable): Grant {
    return this.#grantInvoke(who);
  }
}

function authorizerOf(authorizer: Authorizer): IHttpRouteAuthorizer {
  if (authorizer === 'iam') return new HttpIamAuthorizer();
  const { issuer, audience } = authorizer.jwt;
  if (audience.length === 0) throw new Error('`authorizer.jwt.audience` is empty: name whom the tokens are for.');
  return new HttpJwtAuthorizer('Tokens', issuer, { jwtAudience: [...audience] });
}
