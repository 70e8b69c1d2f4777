import { AutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import { InstanceType, LaunchTemplate, LaunchTemplateHttpTokens, UserData } from 'aws-cdk-lib/aws-ec2';
import { AmiHardwareType, AsgCapacityProvider, type Cluster, EcsOptimizedImage } from 'aws-cdk-lib/aws-ecs';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Network } from '#infra/network';

/** What the instances are made with. */
export interface InstancesProps {
  readonly cluster: Cluster;
  readonly network: Network;
  readonly instanceType: InstanceType | undefined;
  /** The most tasks; there are never more instances. */
  readonly max: number;
}

const DEFAULT_TYPE = new InstanceType('t4g.small');

/** Instances that ECS starts for the tasks that have no place, and ends when they are empty. Returns the name of what provides them. */
export function addInstances(scope: Construct, { cluster, network, instanceType, max }: InstancesProps): string {
  const type = instanceType ?? DEFAULT_TYPE;
  const arm = type.architecture === 'arm64';
  const role = new Role(scope, 'InstanceRole', {
    assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
    managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonEC2ContainerServiceforEC2Role')],
  });
  const launchTemplate = new LaunchTemplate(scope, 'Instance', {
    instanceType: type,
    machineImage: EcsOptimizedImage.amazonLinux2023(arm ? AmiHardwareType.ARM : AmiHardwareType.STANDARD),
    role,
    securityGroup: network.securityGroup,
    userData: UserData.forLinux(),
    associatePublicIpAddress: network.isPublic,
    httpTokens: LaunchTemplateHttpTokens.REQUIRED,
    // From a container it is one step more: there the worker asks which instance it is on.
    httpPutResponseHopLimit: 2,
  });
  const group = new AutoScalingGroup(scope, 'Instances', {
    vpc: network.vpc,
    vpcSubnets: network.subnets,
    launchTemplate,
    minCapacity: 0,
    maxCapacity: max,
    newInstancesProtectedFromScaleIn: true,
  });
  const provider = new AsgCapacityProvider(scope, 'Capacity', {
    autoScalingGroup: group,
    enableManagedScaling: true,
    enableManagedTerminationProtection: true,
  });
  cluster.addAsgCapacityProvider(provider);
  return provider.capacityProviderName;
}
