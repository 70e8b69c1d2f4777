/** Which fields the states language knows, and where (states-language.net, "State fields" and each type's section). */
import type { StateType } from '#engine/chart/compiled';

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

/** Fields of a state machine at the top of a chart. */
export const machineFields = ['Comment', 'StartAt', 'States', 'Version', 'TimeoutSeconds', 'QueryLanguage'] as const;
/** Fields of a machine inside a Parallel. */
export const branchFields = ['Comment', 'StartAt', 'States', 'QueryLanguage'] as const;
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
/** Fields that belong to JSONata alone. */
export const jsonataFields: ReadonlySet<string> = new Set(['Arguments', 'Output', 'Condition', 'Items']);
