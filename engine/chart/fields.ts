/** Which fields the states language knows, and where (states-language.net, "State fields" and each type's section). */
import type { StateType } from '#engine/chart/compiled';
import type { JsonObject } from '#engine/json';

const flow = ['Next', 'End'];
const data = ['InputPath', 'OutputPath'];
const result = ['ResultPath', 'ResultSelector', 'Parameters'];
const errors = ['Retry', 'Catch'];
const common = ['Type', 'Comment', 'QueryLanguage'];

/** Fields of each type of state when its query language is JSONPath. */
export const stateFields: { readonly [T in StateType]: readonly string[] } = {
  Task: [
    ...common,
    'Resource',
    ...flow,
    ...data,
    ...result,
    ...errors,
    'Assign',
    'Credentials',
    'TimeoutSeconds',
    'TimeoutSecondsPath',
    'HeartbeatSeconds',
    'HeartbeatSecondsPath',
  ],
  Pass: [...common, ...flow, ...data, 'Result', 'ResultPath', 'Parameters', 'Assign'],
  Choice: [...common, ...data, 'Choices', 'Default', 'Assign'],
  Wait: [...common, ...flow, ...data, 'Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath', 'Assign'],
  Succeed: [...common, ...data],
  Fail: [...common, 'Error', 'ErrorPath', 'Cause', 'CausePath'],
  Parallel: [...common, ...flow, ...data, ...result, ...errors, 'Branches', 'Assign'],
  Map: [
    ...common,
    ...flow,
    ...data,
    ...result,
    ...errors,
    'Assign',
    'ItemProcessor',
    'Iterator',
    'ItemsPath',
    'ItemSelector',
    'MaxConcurrency',
    'MaxConcurrencyPath',
    'Label',
    'ItemReader',
    'ItemBatcher',
    'ResultWriter',
    'ToleratedFailureCount',
    'ToleratedFailureCountPath',
    'ToleratedFailurePercentage',
    'ToleratedFailurePercentagePath',
  ],
};

const shaped = ['Output', 'Assign'];

/** Fields of each type of state when its query language is JSONata. */
export const jsonataStateFields: { readonly [T in StateType]: readonly string[] } = {
  Task: [
    ...common,
    'Resource',
    ...flow,
    'Arguments',
    ...shaped,
    ...errors,
    'Credentials',
    'TimeoutSeconds',
    'HeartbeatSeconds',
  ],
  Pass: [...common, ...flow, ...shaped],
  Choice: [...common, 'Choices', 'Default', ...shaped],
  Wait: [...common, ...flow, 'Seconds', 'Timestamp', ...shaped],
  Succeed: [...common, 'Output'],
  Fail: [...common, 'Error', 'Cause'],
  Parallel: [...common, ...flow, 'Arguments', ...shaped, ...errors, 'Branches'],
  Map: [
    ...common,
    ...flow,
    ...shaped,
    ...errors,
    'ItemProcessor',
    'Items',
    'ItemSelector',
    'MaxConcurrency',
    'Label',
    'ItemReader',
    'ItemBatcher',
    'ResultWriter',
    'ToleratedFailureCount',
    'ToleratedFailurePercentage',
  ],
};

/** Fields of a state machine at the top of a chart. */
export const machineFields = ['Comment', 'StartAt', 'States', 'Version', 'TimeoutSeconds', 'QueryLanguage'] as const;
/** Fields of a machine inside a Parallel, whose query language is the chart's. */
export const branchFields = ['Comment', 'StartAt', 'States'] as const;
/** Fields of a machine inside a Map. */
export const processorFields = [...branchFields, 'ProcessorConfig'] as const;
/** Fields of a Retry rule. */
export const retrierFields = [
  'ErrorEquals',
  'IntervalSeconds',
  'MaxAttempts',
  'BackoffRate',
  'MaxDelaySeconds',
  'JitterStrategy',
  'Comment',
] as const;
/** Fields of a Catch rule. */
export const catcherFields = ['ErrorEquals', 'Next', 'ResultPath', 'Assign', 'Comment'] as const;
/** Fields of a Catch rule when the state's query language is JSONata. */
export const jsonataCatcherFields = ['ErrorEquals', 'Next', 'Output', 'Assign', 'Comment'] as const;
/** Whether a machine or a state is written in JSONata, as anything but the exact word `JSONPath` is (floci, issue 2968); `outer`: whether what is around it is. */
export const usesJsonata = (text: JsonObject, outer: boolean): boolean =>
  text.QueryLanguage === undefined ? outer : text.QueryLanguage !== 'JSONPath';
