import {
  DescribeInstancesCommand,
  type EC2Client,
  type Instance,
  paginateDescribeInstances,
} from '@aws-sdk/client-ec2';
import type { AskedHost, Discovery, GoneHost } from '#ports/discovery';
import type { Platform } from '#ports/lease';

/** The tag of an EC2 instance that should have a worker; its value is the installation's name. Instances that ECS fills have none: there the tasks are the hosts. */
const INSTALLATION_TAG = 'flowbeat:installation';

/** The values that a filter takes at most. */
const AT_ONCE = 200;

/** What EC2 says of an id that it has never had, or has no more: an hour or so after the instance was terminated. */
const NOT_FOUND = 'InvalidInstanceID.NotFound';

/**
 * The instances with the tag of one installation (docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html). EC2 answers are some seconds behind.
 * So an instance that is said to be stopped may have been started since; one that was terminated never comes back.
 */
export class Ec2Discovery implements Discovery {
  readonly #client: EC2Client;
  readonly #installation: string;

  constructor(client: EC2Client, installation: string) {
    this.#client = client;
    this.#installation = installation;
  }

  async list(): Promise<readonly Platform[]> {
    const found: Platform[] = [];
    const Filters = [
      { Name: `tag:${INSTALLATION_TAG}`, Values: [this.#installation] },
      { Name: 'instance-state-name', Values: ['pending', 'running'] },
    ];
    for await (const { Reservations = [] } of paginateDescribeInstances(
      { client: this.#client, pageSize: 1_000 },
      { Filters },
    ))
      for (const { Instances = [] } of Reservations) found.push(...Instances.map(hostOf));
    return found;
  }

  async ask(hosts: readonly AskedHost[]): Promise<readonly GoneHost[]> {
    const mine = hosts.flatMap(({ host, wasListed, stopped = false }) =>
      host.taskArn === undefined && host.instanceId !== undefined
        ? [{ host, wasListed, stopped, id: host.instanceId }]
        : [],
    );
    const gone: GoneHost[] = [];
    for (let i = 0; i < mine.length; i += AT_ONCE) {
      const some = mine.slice(i, i + AT_ONCE);
      const states = await this.#statesOf(some.map(({ id }) => id));
      for (const { host, wasListed, stopped, id } of some) {
        const state = states.get(id);
        if (state === 'terminated' || (state === 'stopped' && stopped))
          gone.push({ host, text: `EC2 says that instance ${id} is ${state}.` });
        else if (state === undefined && wasListed && (await this.#isUnknown(id)))
          gone.push({ host, text: `EC2 says that there is no instance ${id} any more.` });
      }
    }
    return gone;
  }

  /** By a filter: one id that is unknown would fail the whole request, where ids are given. */
  async #statesOf(ids: string[]): Promise<ReadonlyMap<string, string>> {
    const states = new Map<string, string>();
    const Filters = [{ Name: 'instance-id', Values: ids }];
    for await (const { Reservations = [] } of paginateDescribeInstances({ client: this.#client }, { Filters }))
      for (const { Instances = [] } of Reservations)
        for (const { InstanceId: id, State } of Instances) if (id && State?.Name) states.set(id, State.Name);
    return states;
  }

  /** What a filter did not find is not gone by that: asked for by its id, EC2 says so itself. */
  async #isUnknown(id: string): Promise<boolean> {
    try {
      await this.#client.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
      return false;
    } catch (error) {
      if ((error as Error).name === NOT_FOUND) return true;
      throw error;
    }
  }
}

function hostOf({
  InstanceId: instanceId,
  Placement,
  PrivateIpAddress: address,
  InstanceLifecycle,
}: Instance): Platform {
  const zone = Placement?.AvailabilityZone;
  return {
    ...(instanceId !== undefined && { instanceId }),
    ...(zone !== undefined && { zone }),
    // EC2 names the life cycle of Spot and scheduled instances alone.
    lifeCycle: InstanceLifecycle === 'spot' ? 'spot' : 'onDemand',
    ...(address !== undefined && { address }),
  };
}
