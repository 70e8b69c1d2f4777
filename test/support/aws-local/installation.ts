import type { Outputs } from '#test/support/aws-local/cdk';
import type { Target } from '#test/support/aws-local/target';

/** What clients and workers are told of a deployed installation. */
export interface Installation {
  /** The API's address, without /v1. */
  readonly api: string;
  readonly table: string;
  readonly queuePrefix: string;
}

/** Reads what the stack puts out. */
export function installationOf(outputs: Outputs, target: Target): Installation {
  return {
    api: reachable(one(outputs, 'ApiUrl'), target),
    table: one(outputs, 'TableName'),
    queuePrefix: one(outputs, 'QueuePrefix'),
  };
}

/** CDK may put names of its own before ours, and a hash after. */
function one(outputs: Outputs, name: string): string {
  const found = Object.entries(outputs).find(([key]) => key.includes(name))?.[1];
  if (found !== undefined) return found;
  throw new Error(`The stack puts out no ${name}; it has ${Object.keys(outputs).join(', ') || 'nothing'}.`);
}

/**
 * An HTTP API's address as the emulator answers to it: the host name that AWS would give it is known to no name server here, and is no valid one where
 * it ends in the emulator's own address.
 */
function reachable(url: string, { endpoint }: Target): string {
  const [, id, stage = '$default'] = /^https?:\/\/([a-z0-9]+)\.execute-api\.[^/]*\/?([^/]+)?/.exec(url) ?? [];
  if (endpoint === undefined || id === undefined) return url.replace(/\/+$/, '');
  return `${endpoint}/_aws/execute-api/${id}/${stage}`;
}
