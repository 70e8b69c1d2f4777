import type { MiddlewareHandler } from 'hono';
import { type FlowbeatError, rejected } from '#ports/errors';

/** The largest body: an input of 10 MB with room for its envelope and escapes. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;

/**
 * Refuses a body that is too large: by its `Content-Length` before it is read, and one without a length as soon as it has grown too
 * large. Hono's own `bodyLimit` passes the server's light request to `new Request`, which the built-in one refuses, so the request is
 * made anew from its parts here.
 */
export const limitBody: MiddlewareHandler = async (context, next) => {
  const { raw } = context.req;
  const length = raw.headers.get('content-length');
  if (length !== null && !raw.headers.has('transfer-encoding')) {
    if (Number(length) > MAX_BODY_BYTES) throw tooLarge();
  } else if (raw.body) {
    const { url, method, headers, signal } = raw;
    const body = await readAll(raw.body);
    context.req.raw = new Request(url, { method, headers, signal, ...(body.size > 0 ? { body } : {}) });
  }
  await next();
};

async function readAll(body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Blob> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return new Blob(chunks);
}

const tooLarge = (): FlowbeatError =>
  rejected(
    'BODY_TOO_LARGE',
    `The body is larger than ${MAX_BODY_BYTES / 1024 / 1024} MB. Put large data where the handlers can read it and send its address.`,
  );

/**
 * Refuses writes that a browser sends for a foreign page. A server on loopback has no password, so any web page could otherwise cancel
 * runs on it: an empty POST needs no CORS preflight. Browsers tell by `Sec-Fetch-Site`; programs do not send it.
 */
export const refuseForeignPages: MiddlewareHandler = async (context, next) => {
  const site = context.req.header('sec-fetch-site');
  const reads = context.req.method === 'GET' || context.req.method === 'HEAD';
  if (!reads && (site === 'cross-site' || site === 'same-site')) {
    throw rejected(
      'FORBIDDEN',
      'A page of another site sent this request. Send it from the console or from a program.',
    );
  }
  await next();
};

/**
 * Answers only to the host names given: a foreign page that points its own name at 127.0.0.1 (DNS rebinding) is same-origin to the
 * browser, and only the `Host` header tells.
 */
export const onlyHosts =
  (allowed: readonly string[]): MiddlewareHandler =>
  async (context, next) => {
    const { hostname } = new URL(context.req.url);
    if (!allowed.includes(hostname)) {
      throw rejected(
        'FORBIDDEN',
        `This server does not answer to the name ${hostname}. Call it by one of: ${allowed.join(', ')}.`,
      );
    }
    await next();
  };
