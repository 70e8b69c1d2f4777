import { createRoute, z } from '@hono/zod-openapi';
import { json, problems } from '#http/answers';
import type { Api, ApiContext } from '#http/api';
import { workerList } from '#http/contract/worker';
import { discoveryView, workerView } from '#http/views';

const listWorkers = createRoute({
  method: 'get',
  path: '/v1/workers',
  summary: 'List the workers',
  request: {
    query: z.object({
      discover: z.enum(['true', 'false']).default('false').openapi({
        description: 'Whether to list the hosts that should have a worker and have none, as the sweeper last saw them.',
      }),
    }),
  },
  responses: { 200: json(workerList, 'Every incarnation that has a lease.'), ...problems },
});

/** GET /v1/workers. */
export function addWorkerRoutes(api: Api, { operations, options }: ApiContext): void {
  api.openapi(listWorkers, async (context) => {
    const items = (await operations.listWorkers()).map(workerView);
    if (context.req.valid('query').discover === 'false') return context.json({ items }, 200);
    const discovery = discoveryView(options.discovers ? await operations.readHosts() : 'oneMachine');
    return context.json({ items, discovery }, 200);
  });
}
