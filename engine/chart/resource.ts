import type { Resource } from '#engine/flow';

/** A `Resource` understood: what runs it, and whether its token has to come back. */
export interface ParsedResource {
  readonly resource: Resource;
  readonly callback: boolean;
  /** The flow also waits until what was started has ended (`.sync`, `.sync:2`). */
  readonly sync: boolean;
  /** True where this version can run it. */
  readonly supported: boolean;
}

const callbackSuffix = '.waitForTaskToken';

/**
 * Reads a Task's `Resource`: `activity:<name>`, an activity ARN, `exec`, `http:invoke`, a Lambda ARN, `arn:aws:states:::…` and our short
 * names of the integrations. `undefined` where it is none of them.
 */
export const parseResource = (text: string): ParsedResource | undefined => {
  const callback = text.endsWith(callbackSuffix);
  const plain = callback ? text.slice(0, -callbackSuffix.length) : text;
  const sync = plain.endsWith('.sync') || plain.endsWith('.sync:2');
  const make = (kind: Resource['kind'], name: string, supported: boolean): ParsedResource | undefined =>
    name === '' ? undefined : { resource: { kind, name, text }, callback, sync, supported };
  if (plain.startsWith('activity:')) return make('activity', plain.slice('activity:'.length), true);
  if (plain === 'exec') return make('exec', plain, true);
  if (plain === 'http:invoke') return make('http', plain, false);
  const parts = plain.split(':');
  if (parts[0] === 'arn') {
    const [, partition = '', service = '', region = '', , kind = '', ...rest] = parts;
    if (!partition.startsWith('aws')) return undefined;
    if (service === 'lambda' && kind === 'function') return make('lambda', rest.join(':'), false);
    if (service === 'states' && kind === 'activity') return make('activity', rest.join(':'), true);
    if (service === 'states' && region === '' && rest.length > 0)
      return make(integrationKind(kind, rest), plain, false);
    return undefined;
  }
  return parts.length > 1 && integrations.has(parts[0] as string) ? make('integration', plain, false) : undefined;
};

const integrationKind = (service: string, rest: readonly string[]): Resource['kind'] =>
  service === 'lambda' ? 'lambda' : service === 'http' && rest[0] === 'invoke' ? 'http' : 'integration';

/** Services whose integrations may be named without `arn:aws:states:::`. */
const integrations: ReadonlySet<string> = new Set([
  'lambda',
  'sqs',
  'sns',
  'events',
  'dynamodb',
  'ecs',
  'states',
  'aws-sdk',
]);
