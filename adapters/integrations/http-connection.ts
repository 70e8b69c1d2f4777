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
/** A token of OAuth is not used in the last moments of its life. */
const TOKEN_MARGIN_MS = 60_000;

/**
 * Connections of EventBridge, which hold what authorizes a call of `http:invoke`. What they are is asked of EventBridge, their secrets of Secrets Manager, with the
 * rights of whoever holds the flow: `events:DescribeConnection` and `secretsmanager:GetSecretValue`.
 */
export class Connections {
  readonly #services: Services;
  readonly #known = new Map<string, { readonly until: number; readonly authorization: Promise<Authorization> }>();

  constructor(services: Services) {
    this.#services = services;
  }

  /** What a connection adds. Throws `InputMisfit` where the ARN names none, and what the services answer. */
  authorization(arn: string, signal: AbortSignal): Promise<Authorization> {
    const now = Date.now();
    const known = this.#known.get(arn);
    if (known !== undefined && known.until > now) return known.authorization;
    const authorization = this.#read(arn, signal).then(({ lastsMs, ...read }) => {
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
    const secret = JSON.parse(String(text)) as JsonObject;
    const more = parametersOf(secret.invocation_http_parameters);
    const { headers, lastsMs } = await authorizing(secret, signal);
    return { ...more, headers: { ...more.headers, ...headers }, lastsMs };
  }

  async #ask(service: string, name: string, input: object, signal: AbortSignal): Promise<Record<string, unknown>> {
    const api = await this.#services.api(service, name);
    return (await api.send(input, signal)).output as Record<string, unknown>;
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
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: String(secret.client_id),
    client_secret: String(secret.client_secret),
  });
  const response = await fetch(String(secret.authorization_endpoint), {
    method: typeof secret.http_method === 'string' ? secret.http_method : 'POST',
    body,
    signal,
  });
  const answer = (await response.json()) as { readonly access_token?: string; readonly expires_in?: number };
  if (!response.ok || answer.access_token === undefined)
    throw new InputMisfit(`The connection's authorization endpoint gave no token: status ${response.status}.`);
  return { token: answer.access_token, lastsMs: Math.max(0, (answer.expires_in ?? 300) * 1_000 - TOKEN_MARGIN_MS) };
}

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
