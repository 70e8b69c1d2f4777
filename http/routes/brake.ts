import { createRoute } from '@hono/zod-openapi';
import { json, problems } from '#http/answers';
import type { Api, ApiContext } from '#http/api';
import { brake, setBrake } from '#http/contract/brake';
import { brakeView } from '#http/views';

const PATH = '/v1/brake';

const readIt = createRoute({
  method: 'get',
  path: PATH,
  summary: 'Whether the brake is on',
  responses: { 200: json(brake, 'On, with its reason, or off.'), ...problems },
});

const setIt = createRoute({
  method: 'put',
  path: PATH,
  summary: 'Set the brake: nobody is condemned and nothing is taken over until it is released',
  request: { body: { required: true, content: { 'application/json': { schema: setBrake } } } },
  responses: { 204: { description: 'It is on.' }, ...problems },
});

const releaseIt = createRoute({
  method: 'delete',
  path: PATH,
  summary: 'Release the brake',
  responses: { 204: { description: 'It is off.' }, ...problems },
});

/** /v1/brake. */
export function addBrakeRoutes(api: Api, { operations }: ApiContext): void {
  api.openapi(readIt, async (context) => context.json(brakeView(await operations.readBrake()), 200));
  api.openapi(setIt, async (context) => {
    await operations.setBrake(context.req.valid('json').reason);
    return context.body(null, 204);
  });
  api.openapi(releaseIt, async (context) => {
    await operations.releaseBrake();
    return context.body(null, 204);
  });
}
