import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { BUNDLED_CLIENTS, type ClientModule } from '#adapters/integrations/bundled-clients';

/** The client of a service that a Task calls is not installed where the flow runs. */
export class ClientMissing extends Error {
  constructor(service: string) {
    const name = packageOf(service);
    super(
      `The AWS client of '${service}' (${name}) is not installed where this flow runs. Install it there, beside Flowbeat: npm install ${name}`,
    );
    this.name = 'ClientMissing';
  }
}

/** Loads the client of a service: one that is bundled, else what is installed. Throws `ClientMissing`. */
export async function loadClient(service: string): Promise<ClientModule> {
  const bundled = BUNDLED_CLIENTS[service];
  try {
    return (bundled ? await bundled() : installed(service)) as ClientModule;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') throw new ClientMissing(service);
    throw error;
  }
}

/**
 * By `require`, which also looks where a Lambda function's runtime keeps the SDK that it brings. Packages have dashes in their names that the names of services in
 * charts have not (`secretsmanager`, `client-secrets-manager`), so it is looked for among those that are there.
 */
function installed(service: string): unknown {
  const require = createRequire(import.meta.url);
  for (const folder of require.resolve.paths('@aws-sdk/client') ?? []) {
    const name = clientsIn(join(folder, '@aws-sdk')).find((each) => each.replaceAll('-', '') === `client${service}`);
    if (name !== undefined) return require(`@aws-sdk/${name}`);
  }
  throw new ClientMissing(service);
}

function clientsIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.startsWith('client-'));
  } catch {
    return [];
  }
}

/** Names with dashes of services that charts are known to call; of others the name can only be guessed. */
const DASHED = [
  'api-gateway',
  'application-auto-scaling',
  'auto-scaling',
  'bedrock-runtime',
  'cloudwatch-logs',
  'codebuild',
  'cognito-identity-provider',
  'config-service',
  'cost-explorer',
  'data-pipeline',
  'database-migration-service',
  'elastic-load-balancing-v2',
  'rds-data',
  'redshift-data',
  'resource-groups-tagging-api',
  'route-53',
  'secrets-manager',
  'service-catalog',
  'ssm-incidents',
  'timestream-query',
  'timestream-write',
];

const packageOf = (service: string): string =>
  `@aws-sdk/client-${DASHED.find((name) => name.replaceAll('-', '') === service) ?? service}`;
