import { createRoute } from '@hono/zod-openapi';
import { json, problems } from '#http/answers';
import type { Api, ApiContext } from '#http/api';
import { workerList } from '#http/contract/worker';
import { workerView } from '#http/views';

const listWorkers = createRoute({
  method: 'get',
  path: '/v1/workers',
  summary: 'List the workers',
  responses: { 200: json(workerList, 'Every incarnation that has a lease.'), ...problems },
});

/** GET /v1/workers. */
export function addWorkerRoutes(api: Api, { operations }: ApiContext): void {
  api.openapi(listWorkers, async (context) =>
    context.json({ items: (await operations.listWorkers()).map(workerView) }, 200),
  );
}
