import {
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';

/** Where workers stand, and functions where nothing may reach the internet. */
export interface NetworkProps {
  /** A network that is there already; with `private`, one whose isolated or private subnets reach what {@link PRIVATE_SERVICES} names. */
  readonly vpc?: IVpc;
  /** Nothing has a way to or from the internet: isolated subnets, and endpoints of AWS's services in them. */
  readonly private?: boolean;
}

/** Two zones: one may fail; each more would cost endpoints of its own. */
const ZONES = 2;

/** What of AWS a private installation calls by an interface endpoint, which costs $7.30 a month and zone; DynamoDB and S3 have free ones. */
export const PRIVATE_SERVICES = {
  Sqs: InterfaceVpcEndpointAwsService.SQS,
  Events: InterfaceVpcEndpointAwsService.EVENTBRIDGE,
  Lambda: InterfaceVpcEndpointAwsService.LAMBDA,
  Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  Images: InterfaceVpcEndpointAwsService.ECR,
  ImageLayers: InterfaceVpcEndpointAwsService.ECR_DOCKER,
} as const;

/** The network of workers. There is no NAT gateway in any: it would cost more than all the rest. */
export class Network extends Construct {
  readonly vpc: IVpc;
  readonly subnets: SubnetSelection;
  /** Lets everything out and nothing in: workers pull. */
  readonly securityGroup: SecurityGroup;
  readonly isPrivate: boolean;
  /** Whether what stands here reaches the internet by a public address of its own. */
  readonly isPublic: boolean;

  constructor(scope: Construct, id: string, props: NetworkProps = {}) {
    super(scope, id);
    this.isPrivate = props.private ?? false;
    // CDK's own class and interface disagree about optional properties that may be undefined.
    this.vpc = props.vpc ?? (this.#makeVpc() as IVpc);
    this.subnets = subnetsOf(props);
    this.isPublic = this.subnets.subnetType === SubnetType.PUBLIC;
    this.securityGroup = new SecurityGroup(this, 'Workers', {
      vpc: this.vpc,
      description: 'Flowbeat: everything out, nothing in',
    });
    if (this.isPrivate && !props.vpc) this.#addInterfaceEndpoints();
  }

  #makeVpc(): Vpc {
    const vpc = new Vpc(this, 'Vpc', {
      maxAzs: ZONES,
      natGateways: 0,
      subnetConfiguration: [
        this.isPrivate
          ? { name: 'isolated', subnetType: SubnetType.PRIVATE_ISOLATED }
          : { name: 'public', subnetType: SubnetType.PUBLIC },
      ],
    });
    vpc.addGatewayEndpoint('DynamoDb', { service: GatewayVpcEndpointAwsService.DYNAMODB });
    vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
    return vpc;
  }

  #addInterfaceEndpoints(): void {
    const endpoints = new SecurityGroup(this, 'Endpoints', {
      vpc: this.vpc,
      description: 'Flowbeat: HTTPS from its workers and functions',
      allowAllOutbound: false,
    });
    endpoints.addIngressRule(Peer.securityGroupId(this.securityGroup.securityGroupId), Port.HTTPS, 'HTTPS');
    for (const [id, service] of Object.entries(PRIVATE_SERVICES)) {
      this.vpc.addInterfaceEndpoint(id, { service, open: false, securityGroups: [endpoints], subnets: this.subnets });
    }
  }
}

function subnetsOf({ vpc, private: isPrivate }: NetworkProps): SubnetSelection {
  if (vpc === undefined) return { subnetType: isPrivate ? SubnetType.PRIVATE_ISOLATED : SubnetType.PUBLIC };
  if (isPrivate && vpc.isolatedSubnets.length > 0) return { subnets: vpc.isolatedSubnets };
  if (vpc.privateSubnets.length > 0) return { subnets: vpc.privateSubnets };
  if (isPrivate) throw new Error('`network.private` needs a VPC with isolated or private subnets; this one has none.');
  return { subnetType: SubnetType.PUBLIC };
}
