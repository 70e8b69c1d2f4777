import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The credentials that the server knows. */
export const KNOWN = { id: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' } as const;

/** A request that came. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly service: string | undefined;
  readonly region: string | undefined;
  readonly headers: IncomingMessage['headers'];
}

type Answer = (asked: Asked) => { readonly status: number; readonly type?: string; readonly body: string };

/**
 * A server that verifies the signature of each request by the specification (docs.aws.amazon.com, "Signature Version 4 signing process"), with none of
 * the signer's code, refuses as API Gateway does, and answers what is right by `answer`.
 */
export async function awsServer(answer: Answer) {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const checked = check(request, body);
    const { method = '', url = '', headers } = request;
    const one = { method, url, body, service: checked.service, region: checked.region, headers };
    asked.push(one);
    const wrong = checked.wrong;
    const {
      status,
      type,
      body: text,
    } = wrong ? { status: 403, body: JSON.stringify({ message: wrong }), type: undefined } : answer(one);
    response.writeHead(status, { 'content-type': type ?? 'application/json' }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const encoded = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

function check({ method, url = '', headers }: IncomingMessage, body: string) {
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d+)\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=(.+)$/.exec(
      headers.authorization ?? '',
    );
  if (!parts) return { wrong: 'Missing Authentication Token', service: undefined, region: undefined };
  const [, id, day = '', region = '', service = '', signedHeaders = '', signature] = parts;
  const names = signedHeaders.split(';');
  const at = new URL(url, 'http://x');
  const path = at.pathname.split('/').map(encoded).join('/');
  const query = [...at.searchParams]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&');
  const lines = names.map((name) => `${name}:${String(headers[name]).trim()}\n`).join('');
  const canonical = [method, path, query, lines, signedHeaders, sha256(body)].join('\n');
  const date = String(headers['x-amz-date']);
  const toSign = ['AWS4-HMAC-SHA256', date, `${day}/${region}/${service}/aws4_request`, sha256(canonical)].join('\n');
  const key = ['aws4_request'].reduce(hmac, [region, service].reduce(hmac, hmac(`AWS4${KNOWN.secret}`, day)));
  const right = hmac(key, toSign).toString('hex');
  const bound = ['host', 'x-amz-date'].every((name) => names.includes(name));
  if (id !== KNOWN.id) return { wrong: 'The security token included in the request is invalid.', service, region };
  if (signature !== right || !bound)
    return { wrong: 'The request signature we calculated does not match.', service, region };
  return { wrong: undefined, service, region };
}
