/** Whether a mock fits the state that it stands in for. Wording: what Step Functions was recorded to answer, as far as that is known. */
import { parseResource } from '#engine/chart/resource';
import type { Json } from '#engine/json';
import { isArray, isObject, member } from '#engine/json-values';
import { type FieldValidationMode, type Mock, refuse, type TestRequest } from '#engine/test-state/request';
import { resultShapes, type Shape } from '#engine/test-state/result-shapes';
import type { UnderTest } from '#engine/test-state/state-under-test';
import { parseTimestamp } from '#engine/timestamp';

/** Refuses a mock where none may be, its lack where one is needed, and one that the state's work cannot have given. Throws `TestRefused`. */
export const checkMock = ({ state, text }: UnderTest, { mock, roleArn }: TestRequest): void => {
  const { type } = state;
  const mockable = type === 'Task' || type === 'Parallel' || type === 'Map';
  if (mock === undefined) {
    if (!mockable) return;
    const needed = 'Give a mock: a test runs neither actions nor branches, and calls no service.';
    const message =
      type !== 'Task'
        ? 'TestState API does not support Map or Parallel states. Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]'
        : roleArn === undefined
          ? 'RoleArn must be specified when testing a Task state'
          : 'A Task state is tested with a mock alone';
    refuse('MOCK_REQUIRED', '/mock', message, needed);
  }
  if (!mockable)
    refuse('MOCK_NOT_SUPPORTED', '/mock', `State type '${type}' is not supported when a mock is specified`);
  const { result, errorOutput } = mock;
  if (result !== undefined && errorOutput !== undefined)
    invalid('/mock', 'A test mock should have only one of the following fields: [result, errorOutput].');
  if (result === undefined && errorOutput === undefined)
    invalid('/mock', 'A test mock should have one of the following fields: [result, errorOutput].');
  if (result === undefined) return;
  if (state.type === 'Parallel') {
    if (!isArray(result)) invalid('/mock/result', 'Mocked result must be an array.');
    else if (result.length !== state.work.starts.length)
      invalid('/mock/result', 'Mocked result must contain the same number of items as number of Parallel branches.');
  } else if (state.type === 'Map') {
    // What a ResultWriter gives is where it wrote the results.
    if (text.ResultWriter !== undefined) {
      if (!isObject(result)) invalid('/mock/result', 'Mocked result must be a JSON object.');
    } else if (!isArray(result)) invalid('/mock/result', 'Mocked result must be an array.');
  } else checkAnswer(String(text.Resource), result, mock);
};

function invalid(pointer: string, message: string): never {
  refuse('INVALID_MOCK', pointer, message);
}

/** What a service answers at once has a shape; what a token or the end of something brings back is the author's own, or of another API. */
const checkAnswer = (text: string, result: Json, { fieldValidationMode: mode = 'STRICT' }: Mock): void => {
  const parsed = parseResource(text);
  if (mode === 'NONE' || parsed === undefined || parsed.callback || parsed.resource.sync !== undefined) return;
  const shape = resultShapes.get(parsed.resource.name);
  if (parsed.resource.kind !== 'integration' || shape === undefined) return;
  if (!isObject(result)) invalid('/mock/result', 'Mocked result must be a JSON object.');
  checkShape(result, shape, '', mode);
};

function mismatch(field: string, what: string): never {
  refuse('MOCK_SCHEMA_MISMATCH', '/mock/result', `Mock result schema validation error: Field '${field}' ${what}`);
}

/**
 * Members that are not in the model are passed over: every answer has some (`SdkHttpMetadata`), and services get new ones. A member that is null
 * counts as absent. Recursion goes as deep as the value, which was bounded where it came in.
 */
const checkShape = (value: Json, shape: Shape, field: string, mode: FieldValidationMode): void => {
  switch (shape.type) {
    case 'any':
      return;
    case 'number':
    case 'boolean':
      if (typeof value !== shape.type) mismatch(field, `must be a ${shape.type}`);
      return;
    case 'time':
      // As text, in the form of Step Functions; services of an older protocol give seconds.
      if (typeof value !== 'number' && (typeof value !== 'string' || parseTimestamp(value) === undefined))
        mismatch(field, 'must be a timestamp');
      return;
    case 'string':
      if (typeof value !== 'string') mismatch(field, 'must be a string');
      if (value.length < (shape.least ?? 0)) mismatch(field, 'is smaller than the minimum length');
      if (value.length > (shape.most ?? Number.POSITIVE_INFINITY))
        mismatch(field, 'is greater than the maximum length');
      return;
    case 'array':
      if (!isArray(value)) mismatch(field, 'must be an array');
      for (const item of value) checkShape(item, shape.of, field, mode);
      return;
    case 'map':
      if (!isObject(value)) mismatch(field, 'must be an object');
      for (const [name, item] of Object.entries(value)) checkShape(item, shape.of, name, mode);
      return;
    case 'object':
      if (!isObject(value)) mismatch(field, 'must be an object');
      for (const [name, inner] of Object.entries(shape.members)) {
        const item = member(value, name);
        if (item !== undefined && item !== null) checkShape(item, inner, name, mode);
        else if (mode === 'STRICT' && shape.required?.includes(name) === true) mismatch(name, 'is required');
      }
  }
};
