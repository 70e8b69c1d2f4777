import { createRoute } from '@hono/zod-openapi';
import { testState } from '#engine/test-state/test-state';
import { epoch } from '#engine/time';
import { json, problems } from '#http/answers';
import type { Api } from '#http/api';
import { testStateAnswer, testStateRequest } from '#http/contract/test-state';
import { rejected } from '#ports/errors';

const test = createRoute({
  method: 'post',
  path: '/v1/charts:test-state',
  summary: 'Test one state with an input and a mock: nothing is stored, run or called',
  request: { body: { required: true, content: { 'application/json': { schema: testStateRequest } } } },
  responses: { 200: json(testStateAnswer, 'What the state did, also where it failed.'), ...problems },
});

/** POST /v1/charts:test-state. It asks the engine alone: no operation of the installation is needed for it. */
export function addTestStateRoutes(api: Api): void {
  api.openapi(test, (context) => {
    const tested = testState(context.req.valid('json'), { now: epoch(Date.now()), seed: crypto.randomUUID() });
    if (tested.ok) return context.json(tested.answer, 200);
    const { errors } = tested;
    const [first] = errors;
    throw rejected(
      'TEST_REFUSED',
      errors.length === 1 && first
        ? `The state was not tested: ${first.message}`
        : `The state was not tested: the request has ${errors.length} mistakes, listed in "errors".`,
      { errors },
    );
  });
}
