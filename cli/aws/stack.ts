import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { badInput, CliError, Exit } from '#cli/exit';

/** What an installation's stack tells of itself. */
export interface StackOutputs {
  readonly region: string;
  /** By name: `ApiUrl`, `TableName`, `QueuePrefix`, `WindowMs`, `BucketName`, `EventBusName`. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** The outputs of a stack. Throws a `CliError` where the package, the region, the credentials, the permission or the stack is missing. */
export async function readStack(stack: string): Promise<StackOutputs> {
  const { CloudFormationClient, DescribeStacksCommand } = await cloudFormation();
  const client = new CloudFormationClient({ maxAttempts: 3 });
  const region = await regionOf(client);
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    const found = Stacks[0]?.Outputs ?? [];
    const outputs = Object.fromEntries(found.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
    return { region, outputs };
  } catch (error) {
    throw explained(error as Error, stack, region);
  } finally {
    client.destroy();
  }
}

/** One output. A stack without it is not one of ours. */
export function outputOf({ outputs }: StackOutputs, name: string, stack: string): string {
  const value = outputs[name];
  if (value) return value;
  throw badInput(
    `The stack "${stack}" has no output ${name}: it is no Flowbeat installation, or one of another version.`,
  );
}

async function cloudFormation() {
  try {
    return await import('@aws-sdk/client-cloudformation');
  } catch {
    throw badInput(
      '--stack needs the package @aws-sdk/client-cloudformation, which is not installed: npm install @aws-sdk/client-cloudformation. Or name the address with --endpoint.',
    );
  }
}

async function regionOf(client: CloudFormationClient): Promise<string> {
  try {
    return await client.config.region();
  } catch {
    throw badInput('The AWS region is not known. Set AWS_REGION, or a profile that names one.');
  }
}

function explained(error: Error, stack: string, region: string): CliError {
  const { name, message } = error;
  if (name === 'ValidationError' && message.includes('does not exist')) {
    return new CliError(
      Exit.notFound,
      'STACK_NOT_FOUND',
      `There is no stack "${stack}" in region ${region} of this account. AWS_REGION and AWS_PROFILE say where it is looked for.`,
    );
  }
  if (name === 'CredentialsProviderError') {
    return new CliError(
      Exit.badInput,
      'NO_CREDENTIALS',
      `There are no AWS credentials to read the stack "${stack}" with: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in with "aws sso login".`,
    );
  }
  const said = message.replace(/\.?$/, '.');
  if (name === 'AccessDenied' || name === 'AccessDeniedException') {
    return badInput(
      `The stack "${stack}" may not be read by these credentials: cloudformation:DescribeStacks is needed. ${said}`,
    );
  }
  return new CliError(
    Exit.unreachable,
    'STACK_UNREADABLE',
    `The stack "${stack}" cannot be read in ${region}: ${said}`,
  );
}
