import { parseArgs } from 'node:util';
import { EMULATED_ACCOUNT, type Target } from '#test/support/aws-local/target';

/** How `npm run aws:local` is used. */
export const USAGE = `npm run aws:local                               a MiniStack of its own, the whole installation in it, a worker; until Ctrl-C
npm run aws:local -- --detach                   the same, and leaves it running
npm run aws:local -- --down [--purge]           takes all of it away; with --purge MiniStack's Python too
npm run aws:local -- --endpoint <url>           deploys to an emulator that runs already, such as LocalStack
npm run aws:local -- --account <id>             deploys to a real account, with the credentials and the AWS_REGION of the environment
npm run aws:local -- --handlers <module>        what the worker runs (default: examples/handlers.ts)`;

/** What was asked. */
export interface Options {
  readonly help: boolean;
  readonly down: boolean;
  readonly purge: boolean;
  readonly detach: boolean;
  readonly handlers: string;
  readonly target?: Target;
}

/** Reads the command line. Throws with a sentence where it cannot be understood. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      down: { type: 'boolean', default: false },
      purge: { type: 'boolean', default: false },
      detach: { type: 'boolean', default: false },
      endpoint: { type: 'string' },
      account: { type: 'string' },
      handlers: { type: 'string', default: 'examples/handlers.ts' },
    },
  });
  const { endpoint, account, ...rest } = values;
  if (endpoint !== undefined && !URL.canParse(endpoint))
    throw new Error(`--endpoint ${endpoint} is no address; an example: --endpoint http://127.0.0.1:4566.`);
  if (account !== undefined && !/^\d{12}$/.test(account))
    throw new Error(`--account ${account} is no account; it has 12 digits.`);
  const region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  if (account !== undefined && endpoint === undefined && region === undefined)
    throw new Error('--account needs AWS_REGION in the environment: the region to deploy to.');
  if (endpoint === undefined && account === undefined) return rest;
  const target = {
    account: account ?? EMULATED_ACCOUNT,
    region: region ?? 'us-east-1',
    ...(endpoint !== undefined && { endpoint: endpoint.replace(/\/+$/, '') }),
  };
  return { ...rest, target };
}
