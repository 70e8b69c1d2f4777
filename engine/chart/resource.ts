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
    if (service !== 'states' || region !== '' || rest.length === 0 || !hasAction(kind, rest[0] as string))
      return undefined;
    return make(integrationKind(kind, rest), plain, false);
  }
  const [service = '', action = ''] = parts;
  if (action === '' || !(service === 'aws-sdk' || actions.has(service)) || !hasAction(service, action))
    return undefined;
  return make(integrationKind(service, parts.slice(1)), plain, false);
};

const integrationKind = (service: string, rest: readonly string[]): Resource['kind'] =>
  service === 'lambda' ? 'lambda' : service === 'http' && rest[0] === 'invoke' ? 'http' : 'integration';

/** Integrations that we name ourselves too, with their actions (AWS: "Optimizing integrations"). Of other services any action is taken. */
const actions: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['lambda', new Set(['invoke'])],
  ['sqs', new Set(['sendMessage'])],
  ['sns', new Set(['publish'])],
  ['events', new Set(['putEvents'])],
  ['dynamodb', new Set(['getItem', 'putItem', 'updateItem', 'deleteItem'])],
  ['ecs', new Set(['runTask'])],
  ['states', new Set(['startExecution'])],
]);

const hasAction = (service: string, action: string): boolean =>
  actions.get(service)?.has(action.split('.')[0] as string) ?? true;
