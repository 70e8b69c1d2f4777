import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { json, problems } from '#http/answers';
import type { Api, ApiContext } from '#http/api';
import { chartDetail, chartList, chartPut } from '#http/contract/chart';
import { mediaType } from '#http/problems';
import { chartSummaryView, chartView } from '#http/views';

/** YAML first: its media type is RFC 9512's, the others are what tools send. */
const CHART_TYPES = [
  'application/yaml',
  'application/json',
  'application/x-yaml',
  'text/yaml',
  'text/x-yaml',
  'text/plain',
];

/** Documented only: the text goes to the operations as it came, so that errors name the chart's own lines and pointers. */
const chartBody = {
  required: true,
  description: 'The chart: Amazon States Language, bare or in its envelope, as YAML or JSON.',
  content: { 'application/yaml': { schema: { type: 'string' } }, 'application/json': { schema: { type: 'object' } } },
} as const;
const named = z.object({ name: z.string() });
const stored = {
  200: json(chartPut, 'The newest version is this chart already.'),
  201: json(chartPut, 'A new version was made.'),
  ...problems,
};

const putChart = createRoute({
  method: 'put',
  path: '/v1/charts/{name}',
  summary: 'Store a chart under a name',
  request: { params: named, body: chartBody },
  responses: stored,
});

const postChart = createRoute({
  method: 'post',
  path: '/v1/charts',
  summary: 'Store a chart under the name in its envelope',
  request: { body: chartBody },
  responses: stored,
});

const listCharts = createRoute({
  method: 'get',
  path: '/v1/charts',
  summary: 'List the charts',
  responses: { 200: json(chartList, 'The newest version of each chart, by name.'), ...problems },
});

const readChart = createRoute({
  method: 'get',
  path: '/v1/charts/{name}',
  summary: 'Read a chart',
  request: { params: named, query: z.strictObject({ version: z.coerce.number().int().min(1).optional() }) },
  responses: { 200: json(chartDetail, 'The version asked for, or the newest one.'), ...problems },
});

const deleteChart = createRoute({
  method: 'delete',
  path: '/v1/charts/{name}',
  summary: 'Delete a chart: no run of it can be started any more; those that run go on',
  request: { params: named },
  responses: { 204: { description: 'It is deleted.' }, ...problems },
});

/** /v1/charts. */
export function addChartRoutes(api: Api, { operations }: ApiContext): void {
  const store = async (context: Context, name?: string) => {
    const { chart, created } = await operations.putChart(await chartText(context), name);
    context.header('location', `/v1/charts/${encodeURIComponent(chart.name)}?version=${chart.version}`);
    return { ...chartSummaryView(chart), created };
  };
  api.openapi(putChart, async (context) => {
    const body = await store(context, context.req.valid('param').name);
    return context.json(body, body.created ? 201 : 200);
  });
  api.openapi(postChart, async (context) => {
    const body = await store(context);
    return context.json(body, body.created ? 201 : 200);
  });
  api.openapi(listCharts, async (context) =>
    context.json({ items: (await operations.listCharts()).map(chartSummaryView) }, 200),
  );
  api.openapi(readChart, async (context) => {
    const { name } = context.req.valid('param');
    return context.json(chartView(await operations.readChart(name, context.req.valid('query').version)), 200);
  });
  api.openapi(deleteChart, async (context) => {
    await operations.deleteChart(context.req.valid('param').name);
    return context.body(null, 204);
  });
}

async function chartText(context: Context): Promise<string> {
  const type = context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== undefined && !CHART_TYPES.includes(type)) throw mediaType(CHART_TYPES);
  return context.req.text();
}
