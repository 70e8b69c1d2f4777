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

  constructor(server: string, fetch: Fetch) {
    this.server = server.replace(/\/+$/, '');
    this.#fetch = fetch;
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
      headers: { accept: 'application/json', ...(type ? { 'content-type': type } : {}), ...headers },
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
    };
    const response = await this.#reach(`${path}${queryText(query)}`, init);
    const answer = await this.#read(response, init);
    if (!response.ok && response.status !== 304) throw this.#problem(response, answer);
    const etag = response.headers.get('etag');
    return { status: response.status, body: answer as Body, ...(etag ? { etag } : {}) };
  }

  async #reach(path: string, init: RequestInit): Promise<Response> {
    try {
      return await this.#fetch(`${this.server}${path}`, init);
    } catch (error) {
      if (init.signal?.aborted) throw error;
      if (SENT.has(codeOf(error) ?? '')) throw this.#lost(init, error);
      throw new CliError(
        Exit.unreachable,
        'SERVER_UNREACHABLE',
        `No server answers at ${this.server}${why(error)}. Start one with "flowbeat dev", or name another with --server or FLOWBEAT_SERVER.`,
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
    const detail = problem.detail ?? `The server at ${this.server} answered ${response.status} without saying why.`;
    return new CliError(exitOf(response.status), problem.code ?? `HTTP_${response.status}`, detail, problem.errors);
  }
}

/** The path of a chart. */
export const chartPath = (chart: string): string => `/v1/charts/${encodeURIComponent(chart)}`;

/** The path of a run. Its colon stays readable. */
export const runPath = (run: string): string => `/v1/runs/${encodeURIComponent(run).replaceAll('%3A', ':')}`;

/** JSON is parsed to any depth, but written by recursion: what is nested too deep for that ends here, before the server is asked. */
function textOf(json: unknown): string {
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
