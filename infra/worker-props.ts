import type { InstanceType } from 'aws-cdk-lib/aws-ec2';
import type { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Network } from '#infra/network';
import type { Queues } from '#infra/queues';
import type { State } from '#infra/state';

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
