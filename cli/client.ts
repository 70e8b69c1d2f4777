import { refusalOf } from '#cli/aws/refusal';
import { badInput, CliError, Exit } from '#cli/exit';
import type { Problem } from '#http/contract/problem';

/** Where a server is looked for when nobody says otherwise. */
export const DEFAULT_SERVER = 'http://127.0.0.1:7420';

/** A request to the API. */
export interface Call {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is, with its media type. */
  readonly text?: { readonly body: string; readonly type: string };
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** An answer: `body` is undefined where there was none (204, 304). */
export interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
  readonly etag?: string;
}

/** What the client calls with: `fetch`, or an API in the same process. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** A client of /v1. Every failure is a `CliError` with a sentence and an exit code. */
export class Client {
  readonly server: string;
  readonly #fetch: Fetch;
  readonly #elsewhere: Fetch;

  /** `elsewhere`: how links are called that the server gives, which carry their own permission and must not be signed again. */
  constructor(server: string, fetch: Fetch, elsewhere: Fetch = fetch) {
    this.server = server.replace(/\/+$/, '');
    this.#fetch = fetch;
    this.#elsewhere = elsewhere;
  }

  /** Calls a path below the server's address. */
  async call<Body>(
    path: string,
    { method = 'GET', query, json, text, headers, signal }: Call = {},
  ): Promise<Answer<Body>> {
    const body = text?.body ?? (json === undefined ? undefined : textOf(json));
    const type = text?.type ?? (json === undefined ? undefined : 'application/json');
    const init: RequestInit = {
      method,
      // A link that the server answers with is followed without what was meant for the server.
      redirect: 'manual',
      headers: { accept: 'application/json', ...(type ? { 'content-type': type } : {}), ...headers },
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
    };
    const response = await this.#reach(`${path}${queryText(query)}`, init);
    const link = response.status === 303 ? response.headers.get('location') : null;
    const answer = link === null ? await this.#read(response, init) : await this.#follow(link, signal);
    if (!response.ok && response.status !== 304 && link === null) throw this.#problem(response, answer);
    const etag = response.headers.get('etag');
    return { status: link === null ? response.status : 200, body: answer as Body, ...(etag ? { etag } : {}) };
  }

  /**
   * Puts a part of an upload where the server said: its link is the permission. Sends it again where it takes longer than `timeoutMs`, or its connection breaks. Returns what
   * names it.
   */
  async put(link: string, body: Uint8Array<ArrayBuffer>, timeoutMs: number): Promise<string> {
    for (let tries = 1; ; tries++) {
      const signal = AbortSignal.timeout(timeoutMs);
      try {
        return await this.#putOnce(link, { method: 'PUT', body, signal });
      } catch (error) {
        if (error instanceof CliError && error.exit !== Exit.unreachable) throw error;
        if (tries < PUTS) continue;
        if (error instanceof CliError) throw error;
        throw new CliError(
          Exit.unreachable,
          'UPLOAD_TIMED_OUT',
          `A part of ${body.length} bytes of the input took longer than ${timeoutMs / 1_000} s, ${PUTS} times. The run was not started. Give each part more time by --chunk-timeout.`,
        );
      }
    }
  }

  async #putOnce(link: string, init: RequestInit): Promise<string> {
    const response = await this.#send(this.#elsewhere, link, init);
    const tag = response.headers.get('etag');
    if (response.ok && tag !== null) return tag;
    const said = (await response.text()).slice(0, 300);
    throw new CliError(
      Exit.failed,
      'UPLOAD_REFUSED',
      `The input could not be uploaded: the bucket answered ${response.status}. The run was not started. ${said}`,
    );
  }

  /** An answer that is too large for the server's own way stands in a bucket for a while. */
  async #follow(link: string, signal: AbortSignal | undefined): Promise<unknown> {
    const init: RequestInit = signal ? { signal } : {};
    const response = await this.#send(this.#elsewhere, link, init);
    const answer = await this.#read(response, init);
    if (response.ok) return answer;
    throw new CliError(
      Exit.failed,
      'ANSWER_UNREADABLE',
      `The answer is stored in a bucket, which answered ${response.status}. Ask again: each answer has a new link.`,
    );
  }

  #reach(path: string, init: RequestInit): Promise<Response> {
    return this.#send(this.#fetch, `${this.server}${path}`, init);
  }

  async #send(fetch: Fetch, url: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, init);
    } catch (error) {
      if (init.signal?.aborted || error instanceof CliError) throw error;
      if (SENT.has(codeOf(error) ?? '')) throw this.#lost(init, error);
      throw new CliError(
        Exit.unreachable,
        'SERVER_UNREACHABLE',
        `No server answers at ${url.startsWith(this.server) ? this.server : new URL(url).origin}${why(error)}. Start one with "flowbeat dev", or name another with --server or FLOWBEAT_SERVER.`,
      );
    }
  }

  /** The answer is lost, and whether the request was carried out is not known. */
  #lost({ method }: RequestInit, error: unknown): CliError {
    const doubt = method === 'GET' ? '' : ' What was asked may have been carried out: look before you repeat it.';
    const message = `The server at ${this.server} ended before it answered${why(error)}.${doubt}`;
    return new CliError(Exit.unreachable, 'ANSWER_LOST', message);
  }

  async #read(response: Response, init: RequestInit): Promise<unknown> {
    const text = await response.text().catch((error: unknown) => {
      throw init.signal?.aborted ? error : this.#lost(init, error);
    });
    if (text === '') return undefined;
    try {
      return JSON.parse(text);
    } catch {
      throw new CliError(
        Exit.unreachable,
        'NOT_FLOWBEAT',
        `What answers at ${this.server} is no Flowbeat server. Name the right address with --server or FLOWBEAT_SERVER.`,
      );
    }
  }

  #problem(response: Response, answer: unknown): CliError {
    const problem = (answer ?? {}) as Partial<Problem>;
    const refusal = refusalOf(response.status, answer, this.server);
    const moved = response.headers.get('location');
    if (moved !== null && response.status < 400) {
      const message = `${this.server} sends its callers to ${moved}. Name that address with --server or FLOWBEAT_SERVER.`;
      return new CliError(Exit.unreachable, 'SERVER_MOVED', message);
    }
    const detail =
      problem.detail ?? refusal ?? `The server at ${this.server} answered ${response.status} without saying why.`;
    return new CliError(exitOf(response.status), problem.code ?? `HTTP_${response.status}`, detail, problem.errors);
  }
}

/** How often a part of an upload is sent. */
const PUTS = 3;

/** The path of a chart. */
export const chartPath = (chart: string): string => `/v1/charts/${encodeURIComponent(chart)}`;

/** The path of a run. Its colon stays readable. */
export const runPath = (run: string): string => `/v1/runs/${encodeURIComponent(run).replaceAll('%3A', ':')}`;

/** JSON is parsed to any depth, but written by recursion: what is nested too deep for that ends here, before the server is asked. */
export function textOf(json: unknown): string {
  try {
    return JSON.stringify(json);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw badInput('The input is nested too deep; 1000 levels are accepted. Nothing was sent.');
  }
}

function exitOf(status: number): number {
  if (status === 404) return Exit.notFound;
  if (status === 409 || status === 410) return Exit.conflict;
  return status < 500 ? Exit.badInput : Exit.failed;
}

function queryText(query: Call['query'] = {}): string {
  const text = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) text.set(key, String(value));
  return text.size === 0 ? '' : `?${text}`;
}

/** Failures of a connection that was there: the server may have seen the request. */
const SENT: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/** What the network said, in a word: `(ECONNREFUSED)`. */
function why(error: unknown): string {
  const code = codeOf(error);
  return code === undefined ? '' : ` (${code})`;
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { cause?: { code?: unknown } }).cause?.code;
  return typeof code === 'string' ? code : undefined;
}
