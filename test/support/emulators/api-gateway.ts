import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ApiAnswer, ApiEvent } from '#functions/api/event';

/** What Lambda takes and gives at most: as JSON, everything included. */
const PAYLOAD_BYTES = 6 * 1024 * 1024;

/**
 * An HTTP API on a loopback port before a function: it makes events of requests, and refuses what Lambda would not take or give. `authorizer`: what its
 * authorizer says of each caller.
 */
export async function apiGateway(
  invoke: (event: ApiEvent) => Promise<ApiAnswer>,
  authorizer?: ApiEvent['requestContext']['authorizer'],
) {
  const payloads: number[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { pathname, search } = new URL(request.url ?? '/', 'http://x');
    const event = {
      version: '2.0',
      routeKey: '$default',
      rawPath: decodeURIComponent(pathname),
      rawQueryString: search.slice(1),
      headers: request.headers,
      requestContext: {
        stage: '$default',
        requestId: String(payloads.length),
        domainName: 'api.example.com',
        ...(authorizer && { authorizer }),
        http: { method: request.method ?? 'GET', path: pathname },
      },
      isBase64Encoded: false,
      ...(chunks.length > 0 && { body: Buffer.concat(chunks).toString() }),
    };
    const size = Buffer.byteLength(JSON.stringify(event));
    payloads.push(size);
    const refuse = (status: number, message: string) => response.writeHead(status).end(JSON.stringify({ message }));
    if (size > PAYLOAD_BYTES) return refuse(413, 'Request Entity Too Large');
    const answer = await invoke(event).catch(() => undefined);
    if (!answer) return refuse(500, 'Internal Server Error');
    const given = Buffer.byteLength(JSON.stringify(answer));
    payloads.push(given);
    if (given > PAYLOAD_BYTES) return refuse(502, 'Internal Server Error');
    return response.writeHead(answer.statusCode, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** The sizes of what went through, requests and answers. */
    payloads,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
