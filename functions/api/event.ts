/** What API Gateway and function URLs say of who called; by which authorizer, the installation chose. */
interface Authorizer {
  readonly iam?: { readonly userArn?: string };
  readonly jwt?: { readonly claims?: Readonly<Record<string, unknown>> };
}

/** A request as an HTTP API of API Gateway (payload 2.0) and a function URL pass it on; the rest of it is Hono's to read. */
export interface ApiEvent {
  readonly rawPath: string;
  readonly body?: string;
  readonly requestContext: {
    readonly http: { readonly method: string };
    readonly stage: string;
    readonly requestId: string;
    readonly authorizer?: Authorizer;
  };
}

/** The answer in the form that both take. */
export interface ApiAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** Who called: the ARN of an IAM identity, or the subject of a token. Undefined where nobody was asked for. */
export function callerOf({ requestContext }: ApiEvent): string | undefined {
  const { iam, jwt } = requestContext.authorizer ?? {};
  const subject = jwt?.claims?.sub;
  return iam?.userArn ?? (typeof subject === 'string' ? subject : undefined);
}

/** What stands in the path before `/v1`: the mapping of a domain, or the name of the stage. Empty on the default stage and on function URLs. */
export function basePathOf({ rawPath, requestContext }: ApiEvent, mapped: string | undefined): string {
  const candidates = [mapped, `/${requestContext.stage}`];
  return candidates.find((base) => base !== undefined && (rawPath === base || rawPath.startsWith(`${base}/`))) ?? '';
}

/** The same event as it would be without the base path. */
export const below = (event: ApiEvent, base: string): ApiEvent =>
  base === '' ? event : { ...event, rawPath: event.rawPath.slice(base.length) || '/' };

/** The same event as a server reads it: one with a method that takes no body has none, whatever was sent. A `Request` could not hold it. */
export function withoutIdleBody(event: ApiEvent): ApiEvent {
  const { method } = event.requestContext.http;
  if (event.body === undefined || (method !== 'GET' && method !== 'HEAD')) return event;
  const { body: _body, ...kept } = event;
  return kept;
}
