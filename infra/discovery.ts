import { Stack } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { allowAskTasks, allowListInstances, allowListTasks } from '#infra/permissions';
import { HEALTH_PORT } from '#infra/worker-task';

/** Which hosts the sweeper looks for: those that should have a worker. */
export interface DiscoveryProps {
  /** The tasks of the workers' cluster. Where absent: where there are workers, unless the network is private, where nothing reaches ECS without an endpoint of its own. */
  readonly tasks?: boolean;
  /** EC2 instances that have the tag `flowbeat:installation` with the installation's name: those that you start yourself. Where absent they are not. */
  readonly instances?: boolean;
}

/** What is looked for, decided. */
export interface Discovered {
  /** The ARN of the workers' cluster. */
  readonly cluster: string | undefined;
  readonly instances: boolean;
}

/** The ARN of the cluster of an installation's workers: by its name, so that a stack of the workers and the functions' need not wait for each other. */
export const clusterArn = (scope: Construct, name: string): string =>
  Stack.of(scope).formatArn({ service: 'ecs', resource: 'cluster', resourceName: name });

/** What the sweeper, and whoever hears of hosts that end, is told of it. */
export const discoveryEnvironment = ({ cluster, instances }: Discovered): Readonly<Record<string, string>> => ({
  ...(cluster !== undefined && { FLOWBEAT_CLUSTER: cluster, FLOWBEAT_HEALTH_PORT: String(HEALTH_PORT) }),
  ...(instances && { FLOWBEAT_INSTANCES: '1' }),
});

/** Lets the sweeper look. */
export function allowDiscovery(sweeper: LambdaFunction, discovered: Discovered): void {
  if (discovered.cluster !== undefined) allowListTasks(sweeper, discovered.cluster);
  allowAsking(sweeper, discovered);
}

/** Lets a function ask about a host by its name. */
export function allowAsking(who: LambdaFunction, { cluster, instances }: Discovered): void {
  if (cluster !== undefined) allowAskTasks(who, cluster);
  if (instances) allowListInstances(who);
}
