/**
 * What AWS Step Functions says of a definition, as ValidateStateMachineDefinition answers it. The codes are those of its API reference
 * ("ValidateStateMachineDefinitionDiagnostic"; those about JSONata and variables are not listed there, but answered). The words are what was seen in
 * answers: recorded cases of LocalStack's tests, and what the projects floci (issues 2670, 2735, 2745, 2968 and 3733) and cdk-preflight measured and
 * reports about cfn-lint (4074, 4077, 4078) quote. AWS asks programs not to rely on the words; where none are known, ours stand in.
 */

/** Codes of AWS's errors. */
export type AwsCode =
  | 'INVALID_JSON_DESCRIPTION'
  | 'SCHEMA_VALIDATION_FAILED'
  | 'MISSING_END_STATE'
  | 'MISSING_TRANSITION_TARGET'
  | 'DUPLICATE_STATE_NAME'
  | 'INVALID_STATE_NAME'
  | 'DUPLICATE_LABEL_NAME'
  | 'INVALID_LABEL_NAME'
  | 'TOO_DEEPLY_NESTED'
  | 'INVALID_JSONATA_EXPRESSION'
  | 'UNSUPPORTED_JSONATA_EXPRESSION'
  | 'INVALID_VARIABLE_NAME'
  | 'RESERVED_VARIABLE_NAME';

/** What AWS says of one problem. */
export interface AwsWords {
  /** The usual code of the problem where it is missing. */
  readonly code?: AwsCode;
  readonly message: string;
  /** The pointer to the place that AWS names, where it names another than we do. */
  readonly at?: string;
  /** The place in other words than those of a pointer; null where AWS names none. */
  readonly location?: string | null;
}

const list = (values: readonly string[]): string => `[${values.join(', ')}]`;

/** A field that the place has in neither query language. AWS names the place, not the field. */
export const notSupported = (field: string, at: string): AwsWords => ({
  message: `Field '${field}' is not supported`,
  at,
});

/** A field that the place has in the other query language. */
export const otherLanguage = (field: string, jsonata: boolean, at: string): AwsWords => {
  const [here, there] = jsonata ? ['JSONata', 'JSONPath'] : ['JSONPath', 'JSONata'];
  return {
    message: `The QueryLanguage is set to '${here}', but field '${field}' is only supported for the '${there}' QueryLanguage`,
    at,
  };
};

/** Fields that an object lacks. */
export const required = (at: string, ...fields: readonly string[]): AwsWords => ({
  message: `These fields are required: ${list(fields)}`,
  at,
});

/** Fields of which an object has several. */
export const onlyOne = (at: string, fields: readonly string[]): AwsWords => ({
  message: `There should only be one of the following fields: ${list(fields)}`,
  at,
});

/** Fields of which an object has none. */
export const oneNeeded = (at: string, fields: readonly string[]): AwsWords => ({
  message: `This object should have only one of the following fields: ${list(fields)}`,
  at,
});

/** A value outside an enumeration. */
export const oneOf = (...values: readonly string[]): AwsWords => ({
  message: `Value should be one of the following: ${list(values)}`,
});

/** A state whose type is none of AWS's eight. */
export const noStateType = (at: string): AwsWords => ({
  message: "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]",
  at,
});

/** A value of another type. */
export const ofType = (type: string): AwsWords => ({ message: `Expected value of type [${type.toUpperCase()}]` });

/** A number out of bounds. */
export const bound = (which: 'Minimum' | 'Maximum', value: number, integer: boolean): AwsWords => ({
  message: `${which} value is ${integer ? value : value.toFixed(1)}`,
});

/** An empty array or object where something must be. */
export const empty: AwsWords = { message: 'Value cannot be empty' };

/** A timestamp that is none. */
export const notTimestamp: AwsWords = { message: 'String does not match RFC3339 timestamp' };

/** A path that may name several places, or begins with something other than `$`. */
export const notReference = (path: string): AwsWords => ({
  message: `Value is not a Reference Path${path.startsWith('$') ? '' : ": Reference path didn't start with '$'"}`,
});
