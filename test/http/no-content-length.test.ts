/** Requests as clients send them over a socket: many without a `Content-Length`, which `fetch` on a made `Request` never shows. */
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createApi } from '#http/app';
import { MAX_BODY_BYTES } from '#http/guards';
import { listen } from '#http/listen';
import { StubOperations } from './stub-operations.ts';

async function server() {
  const operations = new StubOperations();
  const unexpected: unknown[] = [];
  const api = createApi(operations, {
    version: '1.2.3',
    health: () => ({ status: 'ok' }),
    onUnexpected: (error) => unexpected.push(error),
  });
  const { port, close } = await listen(api, { host: '127.0.0.1', port: 0 });
  onTestFinished(async () => {
    await close(0);
    expect(unexpected).toEqual([]);
  });
  return { operations, port };
}

/** Sends the head and the pieces of a chunked body, and reads until the server closes or the answer is complete. */
function exchange(port: number, head: string, pieces: readonly Uint8Array[] = []) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`${head}\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
      for (const piece of pieces) {
        socket.write(`${piece.length.toString(16)}\r\n`);
        socket.write(piece);
        socket.write('\r\n');
      }
      if (pieces.length > 0) socket.write('0\r\n\r\n');
    });
    const done = () => {
      socket.destroy();
      if (text === '') reject(new Error('The server closed the connection without an answer.'));
      else resolve({ status: Number(text.split(' ')[1]), text });
    };
    socket.setEncoding('utf8').on('data', (data) => {
      text += data;
    });
    // A server that refuses a body closes while the rest of it is on its way.
    socket.on('error', done).on('end', done);
  });
}

const chunked = 'Transfer-Encoding: chunked\r\nContent-Type: application/json';

test('a chart is deleted by a request without a body', async () => {
  const { port, operations } = await server();
  expect((await exchange(port, 'DELETE /v1/charts/report HTTP/1.1')).status).toBe(204);
  expect(operations.asked).toEqual([['deleteChart', 'report']]);
});

test('a run starts by a POST without a body', async () => {
  const { port, operations } = await server();
  expect((await exchange(port, 'POST /v1/charts/report/runs HTTP/1.1')).status).toBe(201);
  expect(operations.started).toEqual([{ chart: 'report', input: {} }]);
});

test.each(['PUT', 'POST', 'OPTIONS', 'DELETE'])('%s without a body is 405 where it is not taken', async (method) => {
  const { port } = await server();
  expect((await exchange(port, `${method} /v1/runs HTTP/1.1`)).status).toBe(405);
});

test('a body in chunks arrives whole', async () => {
  const { port, operations } = await server();
  const pieces = ['{"in', 'put":', '1}'].map((piece) => new TextEncoder().encode(piece));
  expect((await exchange(port, `POST /v1/charts/report/runs HTTP/1.1\r\n${chunked}`, pieces)).status).toBe(201);
  expect(operations.started).toEqual([{ chart: 'report', input: 1 }]);
});

test('a body in chunks that grows too large is refused', async () => {
  const { port, operations } = await server();
  const piece = new Uint8Array(1024 * 1024).fill(32);
  const pieces = Array.from({ length: MAX_BODY_BYTES / piece.length + 1 }, () => piece);
  const { status, text } = await exchange(port, `POST /v1/charts/report/runs HTTP/1.1\r\n${chunked}`, pieces);
  expect([status, text]).toEqual([413, expect.stringContaining('"code":"BODY_TOO_LARGE"')]);
  expect(operations.started).toEqual([]);
});

test('a length that is too large is refused before anything is read', async () => {
  const { port } = await server();
  const head = `PUT /v1/charts/report HTTP/1.1\r\nContent-Length: ${MAX_BODY_BYTES + 1}`;
  expect((await exchange(port, head)).status).toBe(413);
});
