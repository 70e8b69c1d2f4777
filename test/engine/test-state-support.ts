import type { Json } from '#engine/json';
import type { TestAnswer, TestProblem, TestRequest } from '#engine/test-state/request';
import { testState } from '#engine/test-state/test-state';
import { start } from '#test/engine/support';

/** Tests a state. */
export const ask = (request: TestRequest) => testState(request, { now: start, seed: 'seed' });

/** The answer to a test; the test fails where it is refused. */
export const answerOf = (definition: Json, more: Partial<TestRequest> = {}): TestAnswer => {
  const tested = ask({ definition, inspectionLevel: 'DEBUG', ...more });
  if (!tested.ok) throw new Error(JSON.stringify(tested.errors));
  return tested.answer;
};

/** Why a test is refused. */
export const problemsOf = (definition: Json, more: Partial<TestRequest> = {}): readonly TestProblem[] => {
  const tested = ask({ definition, ...more });
  return tested.ok ? [] : tested.errors;
};
