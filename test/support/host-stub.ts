import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

const TOKEN = 'token-of-the-stub';
const TASK = 'arn:aws:ecs:eu-west-1:123456789012:task/flowbeat/0123456789abcdef';

/** The endpoints of an ECS task on an EC2 Spot instance: metadata of both, and the agent that protects the task. */
export async function hostStub() {
  const protections: unknown[] = [];
  const stub = {
    notice: undefined as string | undefined,
    recommendation: undefined as string | undefined,
    networkMode: 'awsvpc',
    failing: false,
    refused: 0,
  };
  const answer = async (request: IncomingMessage): Promise<string | number> => {
    if (stub.failing) return 500;
    const { method, url = '', headers } = request;
    if (url === '/ecs/task')
      return JSON.stringify({
        TaskARN: TASK,
        AvailabilityZone: 'eu-west-1b',
        Cluster: 'flowbeat',
        Containers: [{ Name: 'worker', Networks: [{ NetworkMode: stub.networkMode, IPv4Addresses: ['10.0.1.9'] }] }],
      });
    if (method === 'PUT' && url === '/agent/task-protection/v1/state') {
      const asked = JSON.parse(await text(request));
      protections.push(asked);
      return JSON.stringify({ protection: { ...asked, TaskArn: TASK } });
    }
    if (method === 'PUT' && url === '/ec2/latest/api/token')
      return headers['x-aws-ec2-metadata-token-ttl-seconds'] === undefined ? 400 : TOKEN;
    if (headers['x-aws-ec2-metadata-token'] !== TOKEN) {
      stub.refused++;
      return 401;
    }
    const values: Readonly<Record<string, string | undefined>> = {
      'instance-id': 'i-0abc',
      'placement/availability-zone': 'eu-west-1b',
      'instance-life-cycle': 'spot',
      'local-ipv4': '10.0.0.4',
      'spot/instance-action': stub.notice,
      'events/recommendations/rebalance': stub.recommendation,
    };
    return values[url.replace('/ec2/latest/meta-data/', '')] ?? 404;
  };
  const server = createServer(async (request, response) => {
    const said = await answer(request);
    response.writeHead(typeof said === 'number' ? said : 200).end(typeof said === 'number' ? '' : said);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    /** What a container of ECS has, and where EC2 answers. */
    env: {
      ECS_CONTAINER_METADATA_URI_V4: `${base}/ecs`,
      ECS_AGENT_URI: `${base}/agent`,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: `${base}/ec2`,
    },
    task: TASK,
    /** What the agent was told, in its order. */
    protections,
    /** What the next answers are. */
    stub,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
