import {
  type CapacityProviderStrategy,
  Cluster,
  Ec2Service,
  FargateService,
  type ICluster,
  type TaskDefinition,
} from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import type { Network } from '#infra/network';
import { addInstances } from '#infra/worker-instances';
import type { Capacity, WorkersProps, WorkersSurroundings } from '#infra/worker-props';
import { scaleByBacklog } from '#infra/worker-scaling';
import { workerTask } from '#infra/worker-task';

const DEFAULT_MAX = 10;

/** A service of workers that grows with what waits for them, from none. */
export class Workers extends Construct {
  readonly cluster: Cluster;
  readonly task: TaskDefinition;
  readonly service: FargateService | Ec2Service;
  /** The queues that they serve. */
  readonly served: readonly string[];

  constructor(scope: Construct, id: string, props: WorkersProps & { readonly surroundings: WorkersSurroundings }) {
    super(scope, id);
    const { surroundings, min = 0, max = DEFAULT_MAX, capacity = 'fargate' } = props;
    if (!(min >= 0 && max >= Math.max(1, min))) {
      throw new Error(`\`workers.min\` is ${min} and \`workers.max\` ${max}: 0 <= min <= max, and max is at least 1.`);
    }
    const { network, queues, local } = surroundings;
    this.served = props.queues ?? surroundings.served;
    for (const name of this.served) queues.of(name);
    this.cluster = new Cluster(this, 'Cluster', {
      clusterName: surroundings.name,
      vpc: network.vpc,
      enableFargateCapacityProviders: capacity !== 'ec2',
    });
    this.task = workerTask(this, { ...props, capacity, surroundings, served: this.served, cluster: this.cluster });
    this.service = this.#serve(props, network, { capacity, min, max });
    if (!local)
      scaleByBacklog(
        this.service,
        this.served.map((name) => queues.of(name)),
        { min, max },
      );
  }

  #serve(
    { instanceType }: WorkersProps,
    network: Network,
    { capacity, min, max }: { readonly capacity: Capacity; readonly min: number; readonly max: number },
  ): FargateService | Ec2Service {
    const { cluster, task: taskDefinition } = this;
    const common = {
      // CDK's own class and interface disagree about optional properties that may be undefined.
      cluster: cluster as ICluster,
      taskDefinition,
      desiredCount: min,
      // A new version stands beside the old one until the old has drained.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
      enableECSManagedTags: true,
    };
    if (capacity === 'ec2') {
      const provider = addInstances(this, { cluster, network, instanceType, max });
      return new Ec2Service(this, 'Service', { ...common, capacityProviderStrategies: only(provider) });
    }
    return new FargateService(this, 'Service', {
      ...common,
      capacityProviderStrategies: only(capacity === 'fargate-spot' ? 'FARGATE_SPOT' : 'FARGATE'),
      vpcSubnets: network.subnets,
      securityGroups: [network.securityGroup],
      // Without a NAT gateway an address of its own is the way to the image; nothing may come in by it.
      assignPublicIp: network.isPublic,
    });
  }
}

const only = (capacityProvider: string): CapacityProviderStrategy[] => [{ capacityProvider, weight: 1 }];
