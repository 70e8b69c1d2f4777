import type { Resource } from '#engine/flow';

/** A `Resource` understood: what runs it, and whether something has to come back afterwards. */
export interface ParsedResource {
  readonly resource: Resource;
  /** The flow waits for its token (`.waitForTaskToken`). */
  readonly callback: boolean;
  /** True where this version can run it. */
  readonly supported: boolean;
}

const callbackSuffix = '.waitForTaskToken';
const integrationPrefix = 'arn:aws:states:::';

/**
 * Reads a Task's `Resource`: `activity:<name>`, an activity ARN, `exec`, `http:invoke`, a Lambda ARN, `arn:aws:states:::…` and our short
 * names of the integrations (the same without the prefix). `undefined` where it is none of them, or in a form that Step Functions has not.
 */
export const parseResource = (text: string): ParsedResource | undefined => {
  const callback = text.endsWith(callbackSuffix);
  const plain = callback ? text.slice(0, -callbackSuffix.length) : text;
  const make = (kind: Resource['kind'], name: string, supported: boolean): ParsedResource | undefined =>
    name === '' ? undefined : { resource: { kind, name, text }, callback, supported };
  if (plain.startsWith('activity:')) return make('activity', plain.slice('activity:'.length), true);
  if (plain === 'exec') return make('exec', plain, true);
  if (plain.startsWith(integrationPrefix))
    return integration(plain.slice(integrationPrefix.length), text, callback, false);
  if (!plain.startsWith('arn:')) return integration(plain, text, callback, true);
  const [, partition = '', service = '', region = '', , kind = '', ...rest] = plain.split(':');
  if (!partition.startsWith('aws')) return undefined;
  if (service === 'lambda' && kind === 'function')
    return callback || rest.join('') === '' ? undefined : make('lambda', plain, true);
  if (service === 'states' && kind === 'activity') return make('activity', rest.join(':'), true);
  if (service === 'states' && region === '') return integration([kind, ...rest].join(':'), text, callback, false);
  return undefined;
};

/** `<service>:<action>`, maybe with `.sync` or `.sync:2`; by our short names (`ours`) only what we know. */
const integration = (plain: string, text: string, callback: boolean, ours: boolean): ParsedResource | undefined => {
  const [, name = '', sync] = /^(.+?)(?:\.(sync(?::2)?))?$/.exec(plain) ?? [];
  const [service = '', action = ''] = name.split(':');
  if (action === '') return undefined;
  const waits = sync as Resource['sync'];
  const resource: Resource = { kind: 'integration', name, text, ...(waits === undefined ? null : { sync: waits }) };
  if (service === 'aws-sdk') {
    // Of these there is no `.sync`: nothing tells when what was asked for has ended.
    return sdkCall.test(name) && sync === undefined ? { resource, callback, supported: true } : undefined;
  }
  const forms = optimized.get(name);
  if (forms) {
    const known = callback ? forms.token && sync === undefined : sync === undefined || forms.sync.includes(sync);
    return known ? { resource, callback, supported: true } : undefined;
  }
  if (services.has(service)) return undefined;
  // Integrations of Step Functions that this version has not, such as `glue:startJobRun.sync`.
  return ours ? undefined : { resource, callback, supported: false };
};

/** `aws-sdk:<service>:<api>`: the service's name in the SDKs in small letters, the API's in camel case. */
const sdkCall = /^aws-sdk:[a-z][a-z0-9]*:[a-z][A-Za-z0-9]*$/;

/** In which forms an integration can be asked for, beside the plain one. */
interface Forms {
  readonly token: boolean;
  readonly sync: readonly string[];
}

const plainly: Forms = { token: false, sync: [] };
const withToken: Forms = { token: true, sync: [] };

/** The optimized integrations that we run (AWS: "Integrating optimized services"). Of their services there is no other action. */
const optimized: ReadonlyMap<string, Forms> = new Map([
  ['http:invoke', plainly],
  ['lambda:invoke', withToken],
  ['sqs:sendMessage', withToken],
  ['sns:publish', withToken],
  ['events:putEvents', withToken],
  ['dynamodb:getItem', plainly],
  ['dynamodb:putItem', plainly],
  ['dynamodb:updateItem', plainly],
  ['dynamodb:deleteItem', plainly],
  ['ecs:runTask', { token: true, sync: ['sync'] }],
  ['states:startExecution', { token: true, sync: ['sync', 'sync:2'] }],
]);

const services: ReadonlySet<string> = new Set([...optimized.keys()].map((name) => name.slice(0, name.indexOf(':'))));
