/** The events of a Task's action: three families, as Step Functions has them for activities, Lambda functions and everything else. */
import type { ActionRequest, Resource } from '#engine/flow';
import type { LooseEvent } from '#engine/history/event';
import type { Json, JsonObject } from '#engine/json';
import { errorNames } from '#engine/states-error';
import type { EpochMs } from '#engine/time';

type Family = 'Activity' | 'LambdaFunction' | 'Task';

const familyOf = (resource: Resource, callback: boolean): Family => {
  if (callback) return 'Task';
  if (resource.kind === 'activity') return 'Activity';
  return resource.text.startsWith('arn:aws:lambda:') ? 'LambdaFunction' : 'Task';
};

const prefixes = { Activity: 'activity', LambdaFunction: 'lambdaFunction', Task: 'task' } as const;

/** `resourceType` and `resource` of a Task event: `sqs` and `sendMessage.waitForTaskToken`. */
const named = (family: Family, resource: Resource): JsonObject => {
  if (family !== 'Task') return {};
  const text = resource.text.startsWith('arn:aws:states:::')
    ? resource.text.slice('arn:aws:states:::'.length)
    : resource.text;
  const colon = text.indexOf(':');
  return colon < 0
    ? { resourceType: text.split('.')[0] as string, resource: text }
    : { resourceType: text.slice(0, colon), resource: text.slice(colon + 1) };
};

const make = (family: Family, suffix: string, at: EpochMs, details: JsonObject): LooseEvent => ({
  timestamp: at,
  type: `${family}${suffix}`,
  details: [`${prefixes[family]}${suffix}EventDetails`, details],
});

/** The action was asked for. */
export const scheduledEvent = (at: EpochMs, action: ActionRequest): LooseEvent => {
  const family = familyOf(action.resource, action.callback);
  const input = JSON.stringify(action.input);
  return make(family, 'Scheduled', at, {
    ...(family === 'Task'
      ? { ...named(family, action.resource), parameters: input }
      : { resource: action.resource.text, input }),
    ...(action.timeoutMs === undefined ? null : { timeoutInSeconds: action.timeoutMs / 1000 }),
    ...(action.heartbeatMs === undefined ? null : { heartbeatInSeconds: action.heartbeatMs / 1000 }),
    ...(action.role === undefined ? null : { taskCredentials: { roleArn: action.role } }),
  });
};

/** A worker has the action. */
export const startedEvent = (at: EpochMs, action: ActionRequest, worker: string | undefined): LooseEvent => {
  const family = familyOf(action.resource, action.callback);
  const workerName: JsonObject = worker === undefined ? {} : { workerName: worker };
  return make(family, 'Started', at, {
    ...named(family, action.resource),
    ...(family === 'Activity' ? workerName : null),
  });
};

/** The action ended well. `suffix`: `Submitted` where its token has yet to come back. */
export const doneEvent = (
  at: EpochMs,
  action: ActionRequest,
  output: Json,
  suffix: 'Succeeded' | 'Submitted',
): LooseEvent => {
  const family = familyOf(action.resource, action.callback);
  return make(family, suffix, at, { ...named(family, action.resource), output: JSON.stringify(output) });
};

/** The action failed or timed out. */
export const failedEvent = (
  at: EpochMs,
  action: ActionRequest,
  error: string | undefined,
  cause: string | undefined,
): LooseEvent => {
  const family = familyOf(action.resource, action.callback);
  const timedOut = error === errorNames.timeout || error === errorNames.heartbeatTimeout;
  return make(family, timedOut ? 'TimedOut' : 'Failed', at, {
    ...named(family, action.resource),
    ...(error === undefined ? null : { error }),
    ...(cause === undefined ? null : { cause }),
  });
};
