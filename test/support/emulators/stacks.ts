import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const member = ([key, value]: [string, string]) =>
  `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`;

/** What CloudFormation answers when it is asked for a stack. */
export const describedStack = (
  name: string,
  outputs: Readonly<Record<string, string>>,
) => `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
<DescribeStacksResult><Stacks><member><StackName>${name}</StackName><StackStatus>CREATE_COMPLETE</StackStatus>
<CreationTime>2026-01-01T00:00:00Z</CreationTime><Outputs>${Object.entries(outputs).map(member).join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;

/** DescribeStacks of CloudFormation on a loopback port, which knows one stack: no emulator from npm has it. */
export async function oneStack(name: string, outputs: Readonly<Record<string, string>>) {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/xml' }).end(describedStack(name, outputs));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
