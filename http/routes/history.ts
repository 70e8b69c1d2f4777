import { createRoute, z } from '@hono/zod-openapi';
import { elsewhere, json, problems } from '#http/answers';
import type { Api, ApiContext } from '#http/api';
import { historyPage } from '#http/contract/history';
import { cursor, limit } from '#http/contract/page';
import { asRunId } from '#http/run-name';
import { eventView } from '#http/views';

const readHistory = createRoute({
  method: 'get',
  path: '/v1/runs/{run}/history',
  summary: 'Read the history of a run',
  request: { params: z.object({ run: z.string() }), query: z.strictObject({ limit: limit(200), cursor }) },
  responses: { 200: json(historyPage, 'A page of events, in order.'), ...elsewhere, ...problems },
});

/** GET /v1/runs/{run}/history. */
export function addHistoryRoutes(api: Api, { operations }: ApiContext): void {
  api.openapi(readHistory, async (context) => {
    const { limit, cursor } = context.req.valid('query');
    const page = await operations.history(asRunId(context.req.valid('param').run), {
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    });
    return context.json(
      { items: page.events.map(eventView), ...(page.cursor === undefined ? {} : { cursor: page.cursor }) },
      200,
    );
  });
}
