import { emulated, type Scope, scopeOf } from '#cli/aws/address';
import { Client, DEFAULT_SERVER, type Fetch } from '#cli/client';
import { badInput } from '#cli/exit';
import type { Terminal } from '#cli/terminal';

/** Where a command finds its server: the options say, or else the environment. */
export interface ServerChoice {
  readonly server?: string;
  readonly endpoint?: string;
  readonly stack?: string;
  readonly sign?: boolean;
}

interface Place {
  readonly server: string;
  /** What its requests are signed for; not signed where absent. */
  readonly scope?: Scope;
}

/** The client for a command's options. What AWS alone needs is loaded only for it. */
export async function connect(choice: ServerChoice, { env, fetch }: Terminal): Promise<Client> {
  const { server, scope } = await place(choice, env);
  return new Client(server, await callerOf(fetch, scope, env.FLOWBEAT_TOKEN), fetch);
}

/** A token goes to a JWT authorizer in place of a signature. */
async function callerOf(fetch: Fetch, scope: Scope | undefined, token: string | undefined): Promise<Fetch> {
  if (token) {
    return (url, init) => fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });
  }
  return scope ? (await import('#cli/aws/sign')).signingFetch(fetch, scope) : fetch;
}

async function place({ sign, ...named }: ServerChoice, env: Terminal['env']): Promise<Place> {
  const { address, stack } = chosen(named, env);
  if (stack !== undefined) {
    const { outputOf, readStack } = await import('#cli/aws/stack');
    const read = await readStack(stack);
    const url = checked(outputOf(read, 'ApiUrl', stack));
    const scope = scopeOf(url) ?? { service: 'execute-api', region: read.region };
    return { server: emulated(url, env.AWS_ENDPOINT_URL), scope };
  }
  const server = checked(address ?? DEFAULT_SERVER);
  const scope =
    scopeOf(server) ?? (sign ? { service: 'execute-api' as const, region: regionOf(env, server) } : undefined);
  return { server, ...(scope && { scope }) };
}

function chosen(
  { server, endpoint, stack }: Omit<ServerChoice, 'sign'>,
  env: Terminal['env'],
): { readonly address?: string | undefined; readonly stack?: string | undefined } {
  if ([server, endpoint, stack].filter((one) => one !== undefined).length > 1) {
    throw badInput('--server, --endpoint and --stack each say where the server is. Leave all but one out.');
  }
  if (stack !== undefined) return { stack };
  const given = server ?? endpoint;
  if (given !== undefined) return { address: given };
  const address = env.FLOWBEAT_ENDPOINT || env.FLOWBEAT_SERVER || undefined;
  if (env.FLOWBEAT_STACK && address !== undefined) {
    throw badInput(
      'The environment names both a stack and an address. Unset FLOWBEAT_STACK, or FLOWBEAT_ENDPOINT and FLOWBEAT_SERVER.',
    );
  }
  return { address, stack: env.FLOWBEAT_STACK || undefined };
}

function checked(server: string): string {
  if (/^https?:\/\/[^/]/.test(server) && URL.canParse(server)) return server;
  throw badInput(
    `"${server}" is no address of a server. Write it as ${DEFAULT_SERVER}, in --endpoint, --server or FLOWBEAT_ENDPOINT.`,
  );
}

function regionOf(env: Terminal['env'], server: string): string {
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION;
  if (region) return region;
  throw badInput(`${server} does not tell its AWS region, which --sign needs. Set AWS_REGION.`);
}
