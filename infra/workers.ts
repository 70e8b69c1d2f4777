import type { InstanceType } from 'aws-cdk-lib/aws-ec2';
import {
  type CapacityProviderStrategy,
  Cluster,
  type ContainerImage,
  Ec2Service,
  FargateService,
  type ICluster,
  type TaskDefinition,
} from 'aws-cdk-lib/aws-ecs';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Network } from '#infra/network';
import type { Queues } from '#infra/queues';
import type { State } from '#infra/state';
import { addInstances } from '#infra/worker-instances';
import { scaleByBacklog } from '#infra/worker-scaling';
import { workerTask } from '#infra/worker-task';

/** What workers run on. */
export type Capacity = 'fargate' | 'fargate-spot' | 'ec2';

/** Workers in containers. */
export interface WorkersProps {
  /**
   * An image whose entry point is `flowbeat`, with the handlers in it: that of a registry, or `ContainerImage.fromAsset(folder)` of a folder with a
   * Dockerfile. docs/aws.md shows one.
   */
  readonly image: ContainerImage;
  /** Where in the image the modules with handlers are. */
  readonly handlers?: readonly string[];
  /** `fargate` where absent. */
  readonly capacity?: Capacity;
  /** For `ec2`: `t4g.small` where absent. */
  readonly instanceType?: InstanceType;
  /** The queues that they serve; all that `queues` gives to workers where absent. */
  readonly queues?: readonly string[];
  /** The fewest that run; 0 where absent. */
  readonly min?: number;
  /** The most that run; 10 where absent. */
  readonly max?: number;
  /** How many flows each runs at a time; 2 where absent. */
  readonly places?: number;
  /** vCPU units of each: 1,024 are one; 256 where absent. */
  readonly cpu?: number;
  /** 512 where absent. */
  readonly memoryMiB?: number;
  /** Told to the handlers. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What stands around the workers. */
export interface WorkersSurroundings {
  readonly name: string;
  readonly windowMs: number;
  readonly queuePrefix: string;
  readonly state: State;
  readonly queues: Queues;
  /** The queues that are left to workers. */
  readonly served: readonly string[];
  readonly bus: EventBus;
  readonly network: Network;
  readonly logRetention: RetentionDays;
  /** What an emulator does not know is left out. */
  readonly local: boolean;
}

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
