import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';

/** An event as it was put. */
export interface PutEvent {
  readonly EventBusName: string;
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
}

/** What the bus does with a request: takes it, says of its entry what went wrong, or fails as a whole with a status. */
export type BusFault = { readonly entry: string } | { readonly status: number; readonly type: string };

/** PutEvents of EventBridge on a loopback port: no emulator from npm has it. Keeps what it took. */
export async function eventBus(faultOf: (call: number) => BusFault | undefined = () => undefined) {
  const taken: PutEvent[] = [];
  let calls = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    if (request.headers['x-amz-target'] !== 'AWSEvents.PutEvents') return answer(400, { __type: 'UnknownOperation' });
    const fault = faultOf(++calls);
    if (fault && 'status' in fault) return answer(fault.status, { __type: fault.type, message: fault.type });
    if (fault) return answer(200, { FailedEntryCount: 1, Entries: [{ ErrorCode: fault.entry, ErrorMessage: 'no' }] });
    const { Entries } = JSON.parse(Buffer.concat(chunks).toString()) as { Entries: PutEvent[] };
    taken.push(...Entries);
    return answer(200, { FailedEntryCount: 0, Entries: Entries.map((_, i) => ({ EventId: String(i) })) });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new EventBridgeClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  return {
    client,
    /** For clients of functions and processes. */
    url: endpoint,
    taken,
    async close() {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
