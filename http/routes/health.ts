import { createRoute } from '@hono/zod-openapi';
import { json } from '#http/answers';
import type { Api, ApiContext } from '#http/api';
import { health } from '#http/contract/health';

const readHealth = createRoute({
  method: 'get',
  path: '/v1/health',
  summary: 'How the server is doing',
  responses: { 200: json(health, 'It serves.'), 503: json(health, 'It does not, or not for long.') },
});

/** GET /v1/health. */
export function addHealthRoutes(api: Api, { options }: ApiContext): void {
  api.openapi(readHealth, async (context) => {
    const body = { ...(await options.health()), version: options.version };
    return body.status === 'ok' ? context.json(body, 200) : context.json(body, 503);
  });
}
