import { expect, onTestFinished, test } from 'vitest';
import { Ec2Discovery } from '#adapters/ec2/ec2-discovery';
import type { Platform } from '#ports/lease';
import { type HostAnswer, type HostCall, hostServices } from '#test/support/emulators/hosts';

const asked = (hosts: readonly Platform[]) => hosts.map((host) => ({ host, wasListed: true }));

async function discovery(answer: (call: HostCall) => HostAnswer) {
  const services = await hostServices(answer);
  onTestFinished(() => services.close());
  return { calls: services.calls, instances: new Ec2Discovery(services.ec2, 'jobs') };
}

/** Instances by id and state, as EC2 writes them; each reservation has two. */
function described(instances: readonly (readonly [id: string, state: string])[], nextToken?: string): string {
  const items = instances.map(
    ([id, state]) =>
      `<item><instanceId>${id}</instanceId><instanceState><name>${state}</name></instanceState><privateIpAddress>10.0.0.4</privateIpAddress>` +
      `<placement><availabilityZone>eu-west-1a</availabilityZone></placement>${id.endsWith('5') ? '<instanceLifecycle>spot</instanceLifecycle>' : ''}</item>`,
  );
  const reservations: string[] = [];
  for (let i = 0; i < items.length; i += 2)
    reservations.push(`<item><instancesSet>${items.slice(i, i + 2).join('')}</instancesSet></item>`);
  const next = nextToken === undefined ? '' : `<nextToken>${nextToken}</nextToken>`;
  return `<DescribeInstancesResponse><reservationSet>${reservations.join('')}</reservationSet>${next}</DescribeInstancesResponse>`;
}

test('all instances with the tag of the installation that run or are about to are listed, page by page', async () => {
  const { instances, calls } = await discovery(({ asks }) =>
    asks.NextToken === undefined
      ? described(
          [
            ['i-1', 'running'],
            ['i-2', 'pending'],
            ['i-3', 'running'],
          ],
          'more',
        )
      : described([['i-5', 'running']]),
  );
  const one = { zone: 'eu-west-1a', address: '10.0.0.4' };
  expect(await instances.list()).toEqual([
    ...['i-1', 'i-2', 'i-3'].map((instanceId) => ({ instanceId, lifeCycle: 'onDemand', ...one })),
    { instanceId: 'i-5', lifeCycle: 'spot', ...one },
  ]);
  expect(calls).toHaveLength(2);
  for (const { operation, asks } of calls) {
    expect(operation).toBe('DescribeInstances');
    expect(asks).toMatchObject({
      'Filter.1.Name': 'tag:flowbeat:installation',
      'Filter.1.Value.1': 'jobs',
      'Filter.2.Name': 'instance-state-name',
      'Filter.2.Value.1': 'pending',
      'Filter.2.Value.2': 'running',
    });
  }
});

test('gone is what is terminated; one that is stopped may have been started since, and one that goes is not gone', async () => {
  const { instances } = await discovery(() =>
    described([
      ['i-1', 'terminated'],
      ['i-2', 'stopped'],
      ['i-3', 'shutting-down'],
      ['i-4', 'running'],
    ]),
  );
  const hosts = ['i-1', 'i-2', 'i-3', 'i-4'].map((instanceId) => ({ instanceId }));
  expect(await instances.ask(asked(hosts))).toEqual([
    { host: hosts[0], text: 'EC2 says that instance i-1 is terminated.' },
  ]);
  // Of one that an event said was stopped it is an answer.
  expect(await instances.ask(hosts.map((host) => ({ host, wasListed: false, stopped: true })))).toMatchObject([
    { host: hosts[0] },
    { host: hosts[1], text: 'EC2 says that instance i-2 is stopped.' },
  ]);
});

test('gone is also what was listed and is now unknown, asked by its id alone: a filter that finds nothing says nothing', async () => {
  const { instances, calls } = await discovery(({ asks }) => {
    if (asks['InstanceId.1'] === 'i-9') return { error: 'InvalidInstanceID.NotFound' };
    return asks['InstanceId.1'] === undefined ? described([]) : described([['i-8', 'running']]);
  });
  const [late, lost] = [{ instanceId: 'i-8' }, { instanceId: 'i-9' }];
  expect(await instances.ask(asked([late, lost, { taskArn: 'a', instanceId: 'i-1' }]))).toEqual([
    { host: lost, text: 'EC2 says that there is no instance i-9 any more.' },
  ]);
  expect(calls).toHaveLength(3);
  // One that was never listed may be of another region: it is not even asked about by itself.
  expect(await instances.ask([{ host: lost, wasListed: false }])).toEqual([]);
  expect(calls).toHaveLength(4);
});

test('a page that is refused is no list, and a refused question no answer', async () => {
  const { instances } = await discovery(({ asks }) =>
    asks.NextToken === undefined && asks['Filter.2.Name'] !== undefined
      ? described([['i-1', 'running']], 'more')
      : { error: 'RequestLimitExceeded' },
  );
  await expect(instances.list()).rejects.toMatchObject({ name: 'RequestLimitExceeded' });
  await expect(instances.ask(asked([{ instanceId: 'i-1' }]))).rejects.toMatchObject({ name: 'RequestLimitExceeded' });
  const hidden = await discovery(({ asks }) =>
    asks['InstanceId.1'] === undefined ? described([]) : { error: 'UnauthorizedOperation' },
  );
  await expect(hidden.instances.ask(asked([{ instanceId: 'i-1' }]))).rejects.toMatchObject({
    name: 'UnauthorizedOperation',
  });
});
