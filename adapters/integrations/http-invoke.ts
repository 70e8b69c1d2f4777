import { BlockList, isIP } from 'node:net';
import { ClientMissing } from '#adapters/integrations/client-modules';
import { AnswerTooLarge, MOST_BYTES } from '#adapters/integrations/from-service';
import type { Authorization, Connections } from '#adapters/integrations/http-connection';
import { type ArrayFormat, toForm } from '#adapters/integrations/http-form';
import { InputMisfit } from '#adapters/integrations/to-service';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';
import type { IntegrationCall, IntegrationOutcome } from '#ports/integrations';

const METHODS: readonly string[] = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'];
const FORMATS: readonly string[] = ['INDICES', 'REPEAT', 'COMMAS', 'BRACKETS', 'NONE'];
/** Headers that belong to the connection and not to the request. */
const RESERVED: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'te',
]);

/** The longest that an answer may take, as on AWS: a server that keeps still must not hold a worker's place for good. */
const PATIENCE_MS = 60_000;

const NOBODY: Authorization = { headers: {}, query: {}, body: {} };

/**
 * `http:invoke`: one request of HTTP (AWS: "Call HTTPS APIs in Step Functions workflows"). What authorizes it is an EventBridge connection, or what stands in its headers. It is
 * made again after a take-over. Throws `InputMisfit` and `AnswerTooLarge`.
 */
export async function invokeHttp(connections: Connections, call: IntegrationCall): Promise<IntegrationOutcome> {
  const input = isObject(call.input) ? call.input : {};
  const arn = connectionOf(input);
  let authorization = NOBODY;
  try {
    if (arn !== undefined) authorization = await connections.authorization(arn);
  } catch (error) {
    if (error instanceof InputMisfit || error instanceof ClientMissing) throw error;
    return connectionFailed(error as Error);
  }
  const { url, init } = requestOf(input, authorization);
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(PATIENCE_MS)]);
  let response: Response;
  let text: string;
  try {
    // What is sent elsewhere is not followed: what authorizes the request would go along.
    response = await fetch(url, { ...init, redirect: 'manual', signal });
    text = await textOf(response);
  } catch (error) {
    if (error instanceof AnswerTooLarge) throw error;
    const { cause, message } = error as Error;
    return { ok: false, error: 'States.Http.Socket', cause: cause instanceof Error ? cause.message : message };
  }
  if (!response.ok)
    return {
      ok: false,
      error: `States.Http.StatusCode.${response.status}`,
      cause: text === '' ? response.statusText : text,
    };
  return {
    ok: true,
    output: {
      Headers: headersOf(response),
      ResponseBody: bodyOf(response, text),
      StatusCode: response.status,
      StatusText: response.statusText,
    },
  };
}

/** By the names that Step Functions has for it, as far as they are known. */
const connectionFailed = ({ name, message }: Error): IntegrationOutcome => {
  const what = /NotFound/.test(name)
    ? 'NotFound'
    : /AccessDenied|Unauthorized/.test(name)
      ? 'AccessDenied'
      : 'Unavailable';
  return { ok: false, error: `Events.ConnectionResource.${what}`, cause: message === '' ? name : message };
};

const connectionOf = ({ Authentication: authentication, InvocationConfig: config }: JsonObject): string | undefined => {
  const holder = isObject(authentication) ? authentication : isObject(config) ? config : undefined;
  if (holder === undefined) return undefined;
  return typeof holder.ConnectionArn === 'string' ? holder.ConnectionArn : misfit("'ConnectionArn' must be a string.");
};

/** Addresses at which EC2 and ECS give a host its metadata and its role's credentials: a Task's result, and so a history, must not hold them. */
const METADATA = new BlockList();
METADATA.addSubnet('169.254.0.0', 16, 'ipv4');
METADATA.addAddress('fd00:ec2::254', 'ipv6');

const isOfTheHost = ({ hostname }: URL): boolean => {
  const address = hostname.replace(/^\[|\]$/g, '');
  const family = isIP(address);
  return family !== 0 && METADATA.check(address, family === 6 ? 'ipv6' : 'ipv4');
};

const misfit = (message: string): never => {
  throw new InputMisfit(message);
};

function requestOf(input: JsonObject, authorization: Authorization): { readonly url: URL; readonly init: RequestInit } {
  const { ApiEndpoint: endpoint, Method: method, RequestBody: given, Transform: transform } = input;
  if (typeof endpoint !== 'string' || !URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol))
    return misfit(`'ApiEndpoint' must be a URL of HTTPS or HTTP, not ${JSON.stringify(endpoint ?? null)}.`);
  if (typeof method !== 'string' || !METHODS.includes(method))
    return misfit(`'Method' must be one of ${METHODS.join(', ')}, not ${JSON.stringify(method ?? null)}.`);
  const url = new URL(endpoint);
  if (url.username !== '' || url.password !== '')
    return misfit("'ApiEndpoint' holds a name or a password: they belong to a connection, or to the headers.");
  if (isOfTheHost(url))
    return misfit(`'ApiEndpoint' names ${url.hostname}, where a host tells of itself and its credentials.`);
  for (const [name, value] of pairs(input.QueryParameters, 'QueryParameters')) url.searchParams.append(name, value);
  for (const [name, value] of Object.entries(authorization.query)) url.searchParams.set(name, value);
  const headers = new Headers({ 'User-Agent': 'Flowbeat|HttpInvoke' });
  for (const [name, value] of pairs(input.Headers, 'Headers')) {
    if (RESERVED.has(name.toLowerCase())) return misfit(`The header '${name}' cannot be set.`);
    try {
      headers.append(name, value);
    } catch {
      return misfit(`The header '${name}' has characters that no header can hold.`);
    }
  }
  for (const [name, value] of Object.entries(authorization.headers)) headers.set(name, value);
  const body = withMore(given, authorization.body);
  if (body === undefined) return { url, init: { method, headers } };
  if (method === 'GET' || method === 'HEAD') return misfit(`A request by ${method} has no 'RequestBody'.`);
  const format = formatOf(transform);
  if (format !== undefined) {
    if (!isObject(body)) return misfit("'RequestBody' must be an object where it is encoded as a form.");
    return { url, init: { method, headers, body: toForm(body, format) } };
  }
  if (!headers.has('Content-Type')) headers.set('Content-Type', 'application/json');
  return { url, init: { method, headers, body: typeof body === 'string' ? body : JSON.stringify(body) } };
}

const withMore = (body: Json | undefined, more: JsonObject): Json | undefined => {
  if (Object.keys(more).length === 0) return body;
  if (body === undefined || isObject(body)) return { ...body, ...more };
  return misfit("'RequestBody' must be an object where the connection adds to it.");
};

/** How the body is made a form; undefined where it is sent as JSON. */
const formatOf = (transform: Json | undefined): ArrayFormat | undefined => {
  const { RequestBodyEncoding: encoding = 'NONE', RequestEncodingOptions: options } = isObject(transform)
    ? transform
    : {};
  if (encoding === 'NONE') return undefined;
  if (encoding !== 'URL_ENCODED') return misfit("'RequestBodyEncoding' must be 'NONE' or 'URL_ENCODED'.");
  const format = isObject(options) ? (options.ArrayFormat ?? 'INDICES') : 'INDICES';
  return FORMATS.includes(format as string)
    ? (format as ArrayFormat)
    : misfit(`'ArrayFormat' must be one of ${FORMATS.join(', ')}.`);
};

/** Names with their values, each value of a list by itself. */
const pairs = (value: Json | undefined, field: string): readonly (readonly [string, string])[] => {
  if (value === undefined) return [];
  if (!isObject(value)) return misfit(`'${field}' must be an object.`);
  return Object.entries(value).flatMap(([name, each]) =>
    (isArray(each) ? each : [each]).map((one) =>
      typeof one === 'object'
        ? misfit(`'${field}.${name}' must be a text, a number or a list of them.`)
        : ([name, String(one)] as const),
    ),
  );
};

/** The body as text; bytes that are none are replaced. */
async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder('utf-8');
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new AnswerTooLarge();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

const headersOf = ({ headers }: Response): JsonObject => {
  const all = new Map<string, readonly string[]>();
  for (const [name, value] of headers) all.set(name, [...(all.get(name) ?? []), value]);
  return Object.fromEntries(all);
};

const bodyOf = ({ headers }: Response, text: string): Json => {
  if (!/[/+]json\b/.test(headers.get('Content-Type') ?? '')) return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
};
