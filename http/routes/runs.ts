import { createRoute, z } from '@hono/zod-openapi';
import { elsewhere, json, problems } from '#http/answers';
import type { Api, ApiContext } from '#http/api';
import { awaitChange } from '#http/await-change';
import { cursor, limit } from '#http/contract/page';
import { LISTED_STATUSES, runDetail, runPage, runStarted, startRun } from '#http/contract/run';
import { listRuns } from '#http/list-runs';
import { asRunId, nameFromKey } from '#http/run-name';
import { readUpload } from '#http/uploads';
import { iso, runSummaryView, runView } from '#http/views';
import { rejected } from '#ports/errors';

/** Longer waits are cut off by proxies on the way. */
const LONGEST_WAIT_SECONDS = 20;

const start = createRoute({
  method: 'post',
  path: '/v1/charts/{chart}/runs',
  summary: 'Start a run',
  request: {
    params: z.object({ chart: z.string() }),
    headers: z.object({
      'idempotency-key': z.string().min(1).max(255).optional().openapi({
        description: "Makes the start repeatable: the run's name is made from it where the body names none.",
      }),
    }),
    body: { content: { 'application/json': { schema: startRun } } },
  },
  responses: {
    200: json(runStarted, 'A run of that name and input was there already.'),
    201: json(runStarted, 'The run is started and survives any crash from here on.'),
    ...problems,
  },
});

const list = createRoute({
  method: 'get',
  path: '/v1/runs',
  summary: 'List runs, newest first',
  request: {
    query: z.strictObject({
      chart: z.string().optional(),
      status: z.enum(LISTED_STATUSES).optional(),
      limit: limit(50),
      cursor,
    }),
  },
  responses: { 200: json(runPage, 'A page of runs.'), ...problems },
});

const read = createRoute({
  method: 'get',
  path: '/v1/runs/{run}',
  summary: 'Read a run, at once or as soon as it changes',
  request: {
    params: z.object({ run: z.string() }),
    headers: z.object({ 'if-none-match': z.string().optional().openapi({ description: 'The `ETag` seen last.' }) }),
    query: z.strictObject({
      flows: z.coerce.number().int().min(0).max(1000).default(100).openapi({ description: 'At most so many flows.' }),
      wait: z.coerce.number().min(0).max(LONGEST_WAIT_SECONDS).default(0).openapi({
        description: 'With `If-None-Match`: seconds to wait for a change. 304 if there was none.',
      }),
    }),
  },
  responses: {
    200: json(runDetail, 'The run.'),
    ...elsewhere,
    304: { description: 'It has not changed.' },
    ...problems,
  },
});

/** Starting, listing and reading runs. */
export function addRunRoutes(api: Api, { operations, options }: ApiContext): void {
  api.openapi(start, async (context) => {
    const { chart } = context.req.valid('param');
    const { name: given, version, input: sent, inputFrom } = context.req.valid('json');
    if (sent !== undefined && inputFrom !== undefined) {
      throw rejected(
        'REQUEST_INVALID',
        'The body has both an input and inputFrom. Nothing was started; leave one out.',
      );
    }
    const input = inputFrom === undefined ? (sent ?? {}) : await readUpload(options.uploads, inputFrom);
    const key = context.req.valid('header')['idempotency-key'];
    const name = given ?? (key === undefined ? undefined : await nameFromKey(key));
    const { run, created, startedAt } = await operations.startRun({
      chart,
      input,
      ...(version === undefined ? {} : { version }),
      ...(name === undefined ? {} : { name }),
    });
    const body = { run, chart, name: run.slice(chart.length + 1), created, startedAt: iso(startedAt) };
    return context.json(body, created ? 201 : 200, { location: `/v1/runs/${encodeURI(run)}` });
  });

  api.openapi(list, async (context) => {
    const page = await listRuns(operations, context.req.valid('query'));
    return context.json({ ...page, items: page.items.map(runSummaryView) }, 200);
  });

  const longest = Math.min(options.maxWaitSeconds ?? LONGEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS);
  const never = new AbortController().signal;
  api.openapi(read, async (context) => {
    const { run: id } = context.req.valid('param');
    const { flows, wait } = context.req.valid('query');
    const seen = context.req.valid('header')['if-none-match'];
    const stop = AbortSignal.any([context.req.raw.signal ?? never, options.stopping ?? never]);
    const waitMs = Math.min(wait, longest) * 1000;
    const { run, revision } = await awaitChange(() => operations.showRun(asRunId(id), flows), seen, waitMs, stop);
    context.header('etag', revision);
    return revision === seen ? context.body(null, 304) : context.json(runView(run), 200);
  });
}
