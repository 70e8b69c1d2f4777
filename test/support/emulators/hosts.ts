import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECSClient } from '@aws-sdk/client-ecs';

/** A request as it was made: its operation, and what it says by name. */
export interface HostCall {
  readonly operation: string;
  readonly asks: Readonly<Record<string, unknown>>;
}

/** What a request is answered with: a body, JSON for ECS and XML for EC2, or an error that ends it. */
export type HostAnswer = object | string | { readonly error: string };

/** ECS and EC2 on a loopback port, as far as hosts are listed: each request is answered by `answer`, and kept. */
export async function hostServices(answer: (call: HostCall) => HostAnswer) {
  const calls: HostCall[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const target = request.headers['x-amz-target'];
    const call: HostCall =
      typeof target === 'string'
        ? { operation: target.split('.').at(-1)!, asks: JSON.parse(body) }
        : { operation: new URLSearchParams(body).get('Action')!, asks: Object.fromEntries(new URLSearchParams(body)) };
    calls.push(call);
    const said = answer(call);
    const error = typeof said === 'object' && 'error' in said ? String(said.error) : undefined;
    if (typeof target === 'string') {
      const json = error === undefined ? said : { __type: error, message: error };
      response.writeHead(error === undefined ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
      return response.end(JSON.stringify(json));
    }
    const failed = `<Response><Errors><Error><Code>${error}</Code><Message>no</Message></Error></Errors></Response>`;
    response.writeHead(error === undefined ? 200 : 400, { 'content-type': 'text/xml' });
    return response.end(error === undefined ? String(said) : failed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options = {
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  };
  const [ecs, ec2] = [new ECSClient(options), new EC2Client(options)];
  return {
    ecs,
    ec2,
    endpoint,
    calls,
    async close() {
      ecs.destroy();
      ec2.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
