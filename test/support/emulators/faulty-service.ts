import { createServer, type IncomingHttpHeaders, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the service is asked: the operation's name, and its body. */
export interface Asked {
  readonly operation: string;
  readonly body: string;
}

/** What befalls a request: it is refused by an error of that name; done with its answer lost; or answered with this text in place of the service's. */
export type Befalls = { readonly refused: string } | 'lost' | { readonly answer: string };

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * A service of AWS as it is seen by the real clients of functions: in front of an emulator, on a port of its own. It refuses, forgets to answer, and may be away:
 * then nobody listens on its port.
 */
export class FaultyService implements AsyncDisposable {
  readonly #to: URL;
  readonly #server: Server;
  #port = 0;
  /** Decides on each request; undefined lets it pass. */
  befalls: (asked: Asked) => Befalls | undefined = () => undefined;
  /** Told of each request that was answered well. */
  onAnswer: (asked: Asked, answer: string) => void = () => {};
  /** How many requests met a fault. */
  faults = 0;

  private constructor(to: string) {
    this.#to = new URL(to);
    this.#server = createServer((asked, answer) => {
      const chunks: Buffer[] = [];
      asked.on('data', (chunk: Buffer) => chunks.push(chunk));
      asked.on('end', () => void this.#serve(asked.headers, Buffer.concat(chunks), answer));
    });
  }

  static async before(url: string): Promise<FaultyService> {
    const service = new FaultyService(url);
    await service.back();
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** From now on nobody can connect; what is under way is cut off. */
  async away(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  /** It listens again, where it did. */
  async back(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.away();
  }

  async #serve(headers: IncomingHttpHeaders, body: Buffer, answer: ServerResponse): Promise<void> {
    const [, operation = ''] = String(headers['x-amz-target']).split('.');
    const asked = { operation, body: body.toString() };
    const fault = this.befalls(asked);
    if (fault !== undefined) this.faults++;
    if (typeof fault === 'object' && 'refused' in fault) {
      const { refused } = fault;
      const told = { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-query-error': `${refused};Sender` };
      answer.writeHead(400, told).end(JSON.stringify({ __type: `com.amazonaws#${refused}`, message: 'Slow down.' }));
      return;
    }
    try {
      const came = await this.#ask(headers, body);
      if (fault === 'lost') return void answer.destroy();
      if (came.status === 200) this.onAnswer(asked, came.body.toString());
      // Length and checksum are those of what the service said.
      const { 'content-length': _length, 'x-amz-crc32': _checksum, ...kept } = came.headers;
      answer.writeHead(came.status, kept).end(fault ? fault.answer : came.body);
    } catch {
      answer.destroy();
    }
  }

  #ask(headers: IncomingHttpHeaders, body: Buffer): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const { hostname, port, host } = this.#to;
    const asking = request({ hostname, port, method: 'POST', path: '/', headers: { ...headers, host } }, (came) => {
      const chunks: Buffer[] = [];
      came.on('data', (chunk: Buffer) => chunks.push(chunk));
      came.on('error', reject);
      came.on('end', () =>
        resolve({ status: came.statusCode ?? 0, headers: came.headers, body: Buffer.concat(chunks) }),
      );
    });
    asking.on('error', reject);
    asking.end(body);
    return promise;
  }
}
