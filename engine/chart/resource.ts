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
  const runs = optimized.get(name);
  if (runs) return isForm(runs, callback, sync) ? { resource, callback, supported: true } : undefined;
  const forms = others.get(name);
  if (ours || forms === undefined || !isForm(forms, callback, sync)) return undefined;
  return { resource, callback, supported: false };
};

const isForm = (forms: Forms, callback: boolean, sync: string | undefined): boolean =>
  callback ? forms.token && sync === undefined : sync === undefined || forms.sync.includes(sync);

/** `aws-sdk:<service>:<api>`: the service's name in the SDKs in small letters, the API's in camel case. */
const sdkCall = /^aws-sdk:[a-z][a-z0-9]*:[a-z][A-Za-z0-9]*$/;

/** In which forms an integration can be asked for, beside the plain one. */
interface Forms {
  readonly token: boolean;
  readonly sync: readonly string[];
}

const plainly: Forms = { token: false, sync: [] };
const withToken: Forms = { token: true, sync: [] };
const withSync: Forms = { token: false, sync: ['sync'] };

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

/** Those that this version has not, each action with the forms of its service (AWS: "Integrating optimized services"). */
const others: ReadonlyMap<string, Forms> = new Map(
  (
    [
      ['apigateway', withToken, 'invoke'],
      ['athena', plainly, 'stopQueryExecution getQueryExecution getQueryResults'],
      ['athena', withSync, 'startQueryExecution'],
      ['batch', withSync, 'submitJob'],
      ['bedrock', withToken, 'invokeModel'],
      ['bedrock', withSync, 'createModelCustomizationJob'],
      ['codebuild', withSync, 'startBuild startBuildBatch retryBuildBatch'],
      ['codebuild', plainly, 'stopBuild batchDeleteBuilds batchGetReports stopBuildBatch deleteBuildBatch'],
      ['databrew', withSync, 'startJobRun'],
      ['eks', plainly, 'call'],
      ['eks', withSync, 'createCluster deleteCluster createFargateProfile deleteFargateProfile createNodegroup'],
      ['eks', withSync, 'deleteNodegroup runJob'],
      ['elasticmapreduce', withSync, 'createCluster terminateCluster addStep'],
      ['elasticmapreduce', plainly, 'setClusterTerminationProtection cancelStep modifyInstanceFleetByName'],
      ['elasticmapreduce', plainly, 'modifyInstanceGroupByName'],
      ['emr-containers', plainly, 'createVirtualCluster'],
      ['emr-containers', withSync, 'deleteVirtualCluster startJobRun'],
      ['emr-serverless', withSync, 'createApplication startApplication stopApplication deleteApplication'],
      ['emr-serverless', withSync, 'startJobRun cancelJobRun'],
      ['glue', withSync, 'startJobRun'],
      ['mediaconvert', withSync, 'createJob'],
      ['sagemaker', plainly, 'createEndpoint createEndpointConfig createModel updateEndpoint'],
      ['sagemaker', withSync, 'createHyperParameterTuningJob createLabelingJob createProcessingJob'],
      ['sagemaker', withSync, 'createTrainingJob createTransformJob'],
    ] as const
  ).flatMap(([service, forms, actions]) =>
    actions.split(' ').map((action): [string, Forms] => [`${service}:${action}`, forms]),
  ),
);
