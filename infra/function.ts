import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  type Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { bundleOf } from '#infra/assets';
import { allow } from '#infra/permissions';

/** What all functions of an installation have in common. */
export interface Surroundings {
  /** The installation's name. */
  readonly name: string;
  /** The environment by which each finds the state: `installationEnv` of functions/env.ts. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logRetention: RetentionDays;
  /** Whether calls are traced by X-Ray. */
  readonly tracing: boolean;
  /** Whether logs go with the stack. */
  readonly disposable: boolean;
  /** Where functions stand that may not reach the internet. */
  readonly place?: {
    readonly vpc: IVpc;
    readonly vpcSubnets: SubnetSelection;
    readonly securityGroups: ISecurityGroup[];
  };
}

/** What a function has for itself. */
export interface FunctionProps {
  readonly surroundings: Surroundings;
  /** The folder below functions/. */
  readonly folder: string;
  readonly description: string;
  readonly timeout: Duration;
  readonly memoryMiB?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Its code, where that is not the bundle of its folder. */
  readonly code?: Code;
}

/** arm64 is a fifth cheaper; half a vCPU's worth of memory would double the cost of an idle minute and save it 40 ms. */
const MEMORY_MIB = 256;

/** A Lambda of the installation: a role of its own, a log group that forgets, logs as JSON and only of what somebody should read. */
export class FlowbeatFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: FunctionProps) {
    const { surroundings, folder, description, timeout, memoryMiB, environment, code } = props;
    const parts = new Construct(scope, `${id}Parts`);
    const logGroup = new LogGroup(parts, 'Logs', {
      retention: surroundings.logRetention,
      removalPolicy: surroundings.disposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    });
    const role = new Role(parts, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    super(scope, id, {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: code ?? bundleOf(scope, folder),
      description,
      timeout,
      memorySize: memoryMiB ?? MEMORY_MIB,
      role,
      logGroup,
      // Lambda's own lines for each call would cost more than the calls of an idle installation.
      loggingFormat: LoggingFormat.JSON,
      systemLogLevelV2: SystemLogLevel.WARN,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      tracing: surroundings.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      environment: {
        ...surroundings.environment,
        POWERTOOLS_TRACE_ENABLED: String(surroundings.tracing),
        POWERTOOLS_LOG_LEVEL: 'WARN',
        ...environment,
      },
      ...surroundings.place,
    });
    allow(this, ['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]);
    if (surroundings.place) allowNetwork(role);
  }
}

/** Lambda makes a function's network interfaces in its role's name; these actions take no resource. */
function allowNetwork(role: Role): void {
  allow(
    role,
    [
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ],
    ['*'],
  );
}
