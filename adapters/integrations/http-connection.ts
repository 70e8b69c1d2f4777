import type { Services } from '#adapters/integrations/service-call';
import { InputMisfit } from '#adapters/integrations/to-service';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';

/** What a connection adds to each request. */
export interface Authorization {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: JsonObject;
}

/** For how long what a connection says is taken for true: its secret costs a request each time that it is read. */
const KEPT_MS = 300_000;
/** How long it may take to ask for it, by all who wait for it together. */
const ASKED_MS = 60_000;
/** A token of OAuth is not used in the last moments of its life. */
const TOKEN_MARGIN_MS = 60_000;

/**
 * Connections of EventBridge, which hold what authorizes a call of `http:invoke`. What they are is asked of EventBridge, their secrets of Secrets Manager, with the
 * rights of whoever holds the flow: `events:DescribeConnection` and `secretsmanager:GetSecretValue`. No error says anything of what a secret holds: errors stand in histories.
 */
export class Connections {
  readonly #services: Services;
  readonly #known = new Map<string, { readonly until: number; readonly authorization: Promise<Authorization> }>();

  constructor(services: Services) {
    this.#services = services;
  }

  /** What a connection adds. Throws `InputMisfit` where the ARN names none, and what the services answer. */
  authorization(arn: string): Promise<Authorization> {
    const now = performance.now();
    const known = this.#known.get(arn);
    if (known !== undefined && known.until > now) return known.authorization;
    // Not by the signal of who asks first: others wait for the same answer.
    const authorization = this.#read(arn, AbortSignal.timeout(ASKED_MS)).then(({ lastsMs, ...read }) => {
      this.#known.set(arn, { until: now + Math.min(KEPT_MS, lastsMs), authorization });
      return read;
    });
    this.#known.set(arn, { until: now + KEPT_MS, authorization });
    authorization.catch(() => this.#known.delete(arn));
    return authorization;
  }

  async #read(arn: string, signal: AbortSignal): Promise<Authorization & { readonly lastsMs: number }> {
    const [, name] = /^arn:[^:]+:events:[^:]*:[^:]*:connection\/([^/]+)/.exec(arn) ?? [];
    if (name === undefined) throw new InputMisfit(`'${arn}' is no ARN of an EventBridge connection.`);
    const described = await this.#ask('eventbridge', 'describeConnection', { Name: name }, signal);
    const { SecretString: text } = await this.#ask(
      'secretsmanager',
      'getSecretValue',
      { SecretId: described.SecretArn },
      signal,
    );
    const secret = objectIn(text) ?? misfit('The secret of the connection is no JSON object.');
    const more = parametersOf(secret.invocation_http_parameters);
    const authorized = await authorizing(secret, signal);
    const headers = { ...more.headers, ...authorized.headers };
    for (const name of Object.keys(headers))
      if (!isHeader(name, headers[name] ?? ''))
        misfit(`The connection's header '${name}' has characters that no header can hold.`);
    return { ...more, headers, lastsMs: authorized.lastsMs };
  }

  async #ask(service: string, name: string, input: object, signal: AbortSignal): Promise<Record<string, unknown>> {
    const api = await this.#services.api(service, name);
    return (await api.send(input, signal)).output as Record<string, unknown>;
  }
}

const misfit = (message: string): never => {
  throw new InputMisfit(message);
};

/** The JSON object that a text is. What the parser says of any other text shows some of it, and is not told. */
function objectIn(text: unknown): JsonObject | undefined {
  try {
    const value = JSON.parse(String(text)) as Json;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isHeader(name: string, value: string): boolean {
  try {
    new Headers([[name, value]]);
    return true;
  } catch {
    return false;
  }
}

/** The header that says who calls, by what the secret holds: a name and a password, a key, or what a token is asked for with. */
async function authorizing(
  secret: JsonObject,
  signal: AbortSignal,
): Promise<{ headers: Record<string, string>; lastsMs: number }> {
  const always = (name: string, value: string) => ({ headers: { [name]: value }, lastsMs: Number.POSITIVE_INFINITY });
  if (typeof secret.username === 'string') {
    const both = Buffer.from(`${secret.username}:${String(secret.password)}`).toString('base64');
    return always('Authorization', `Basic ${both}`);
  }
  if (typeof secret.api_key_name === 'string') return always(secret.api_key_name, String(secret.api_key_value));
  const { token, lastsMs } = await tokenOf(secret, signal);
  return { headers: { Authorization: `Bearer ${token}` }, lastsMs };
}

/** A token for the client's credentials (RFC 6749, section 4.4). */
async function tokenOf(secret: JsonObject, signal: AbortSignal): Promise<{ token: string; lastsMs: number }> {
  // What the connection's owner had put into each request for a token.
  const more = parametersOf(secret.oauth_http_parameters);
  const body = new URLSearchParams({
    ...textsOf(more.body),
    grant_type: 'client_credentials',
    client_id: String(secret.client_id),
    client_secret: String(secret.client_secret),
  });
  const endpoint = String(secret.authorization_endpoint);
  const url = URL.canParse(endpoint) ? new URL(endpoint) : misfit("The connection's authorization endpoint is no URL.");
  if (url.username !== '' || url.password !== '')
    misfit("The URL of the connection's authorization endpoint holds a name or a password.");
  const method = typeof secret.http_method === 'string' ? secret.http_method : 'POST';
  for (const [name, value] of Object.entries(more.query)) url.searchParams.append(name, value);
  // A request by GET has no body: what it asks with stands in its address.
  const asked = new URL(url);
  if (method === 'GET') for (const [name, value] of body) asked.searchParams.set(name, value);
  const response = await fetch(asked, {
    method,
    redirect: 'manual',
    signal,
    headers: more.headers,
    ...(method === 'GET' ? null : { body }),
  });
  const { access_token: token, expires_in: seconds } = objectIn(await response.text()) ?? {};
  const none = `The connection's authorization endpoint gave no token: status ${response.status}.`;
  // A later try may get one; the name of the error is one that a chart's `Retry` takes.
  if (response.status >= 500 || response.status === 429) throw new Error(none);
  if (!response.ok || typeof token !== 'string') return misfit(none);
  return { token, lastsMs: Math.max(0, Number(seconds ?? 300) * 1_000 - TOKEN_MARGIN_MS) };
}

/** The members of an object as texts: a form has no others. */
const textsOf = (object: JsonObject): Record<string, string> =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, String(value)]));

/** Headers, query and body that the connection's owner had put into each request. */
function parametersOf(value: Json | undefined): Authorization {
  const given = isObject(value) ? value : {};
  const pairs = (list: Json | undefined): Record<string, string> =>
    Object.fromEntries(
      (isArray(list) ? list : []).flatMap((each) => (isObject(each) ? [[String(each.Key), String(each.Value)]] : [])),
    );
  return {
    headers: pairs(given.HeaderParameters),
    query: pairs(given.QueryStringParameters),
    body: pairs(given.BodyParameters),
  };
}
