import { DescribeTasksCommand, type ECSClient, paginateListTasks, type Task } from '@aws-sdk/client-ecs';
import type { AskedHost, Discovery, GoneHost, ListedHost } from '#ports/discovery';
import { healthAddress } from '#ports/host';

/** What `DescribeTasks` takes at most, and a page of `ListTasks` gives. */
const AT_ONCE = 100;
/** What the group of a task begins with that a service has started; of others nobody says that they are workers. */
const OF_A_SERVICE = 'service:';

/**
 * The tasks that the services of one cluster have started (docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html and …/API_DescribeTasks.html).
 * ECS tells of a stopped task for about an hour. Later it is missing, which is no proof here: its silence has told long before.
 */
export class EcsDiscovery implements Discovery {
  readonly #client: ECSClient;
  readonly #cluster: string;
  readonly #healthPort: number | undefined;

  /** `cluster`: its ARN. `healthPort`: where each task answers for its health. */
  constructor(client: ECSClient, cluster: string, healthPort: number | undefined) {
    this.#client = client;
    this.#cluster = cluster;
    this.#healthPort = healthPort;
  }

  async list(): Promise<readonly ListedHost[]> {
    const found: ListedHost[] = [];
    for await (const { taskArns = [] } of paginateListTasks({ client: this.#client }, { cluster: this.#cluster })) {
      for (const task of await this.#describe(taskArns))
        if (task.group?.startsWith(OF_A_SERVICE) && task.lastStatus !== 'STOPPED')
          found.push(hostOf(task, this.#healthPort));
    }
    return found;
  }

  async ask(hosts: readonly AskedHost[]): Promise<readonly GoneHost[]> {
    const mine = hosts.flatMap(({ host }) =>
      host.taskArn !== undefined && this.#isHere(host.taskArn) ? [{ host, task: host.taskArn }] : [],
    );
    const gone: GoneHost[] = [];
    for (let i = 0; i < mine.length; i += AT_ONCE) {
      const some = mine.slice(i, i + AT_ONCE);
      for (const described of await this.#describe([...new Set(some.map(({ task }) => task))])) {
        const { taskArn, lastStatus, stopCode, stoppedReason } = described;
        if (lastStatus !== 'STOPPED') continue;
        const why = [stopCode, stoppedReason].filter((part) => part !== undefined).join(': ');
        const text = `ECS says that task ${taskArn} has stopped (${why}).`;
        for (const { host, task } of some) if (task === taskArn) gone.push({ host, text });
      }
    }
    return gone;
  }

  /** `arn:…:cluster/NAME` has the tasks `arn:…:task/NAME/ID`; asked about any other, ECS would say that it is missing. */
  #isHere(taskArn: string): boolean {
    return taskArn.startsWith(`${this.#cluster.replace(':cluster/', ':task/')}/`);
  }

  async #describe(tasks: string[]): Promise<readonly Task[]> {
    if (tasks.length === 0) return [];
    const described = await this.#client.send(new DescribeTasksCommand({ cluster: this.#cluster, tasks }));
    return described.tasks ?? [];
  }
}

/** A task has an address of its own where its network mode is `awsvpc`. */
function hostOf(
  { taskArn, availabilityZone: zone, capacityProviderName, containers }: Task,
  healthPort: number | undefined,
): ListedHost {
  const address = containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address;
  const lifeCycle =
    capacityProviderName === 'FARGATE_SPOT' ? 'spot' : capacityProviderName === 'FARGATE' ? 'onDemand' : undefined;
  return {
    ...(taskArn !== undefined && { taskArn }),
    ...(zone !== undefined && { zone }),
    ...(lifeCycle !== undefined && { lifeCycle }),
    ...(address !== undefined && { address }),
    ...(address !== undefined && healthPort !== undefined && { health: healthAddress(address, healthPort) }),
  };
}
