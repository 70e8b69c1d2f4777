import { createRoute, z } from '@hono/zod-openapi';
import { json, problems } from '#http/answers';
import type { Api, ApiContext } from '#http/api';
import { cancelRun, runSummary } from '#http/contract/run';
import { asRunId } from '#http/run-name';
import { runSummaryView } from '#http/views';

const run = z.object({ run: z.string() });

const cancel = createRoute({
  method: 'post',
  path: '/v1/runs/{run}:cancel',
  summary: 'Cancel a run: its actions are aborted and it ends as Cancelled',
  request: { params: run, body: { content: { 'application/json': { schema: cancelRun } } } },
  responses: { 202: { description: 'The cancel is stored and will be carried out.' }, ...problems },
});

const redrive = createRoute({
  method: 'post',
  path: '/v1/runs/{run}:redrive',
  summary:
    'Redrive a run that did not succeed: it goes on from the state that failed, a parked flow from its last break',
  request: { params: run },
  responses: { 202: json(runSummary, 'The run goes on.'), ...problems },
});

/** What a person or a program does to a run. */
export function addRunOperationRoutes(api: Api, { operations }: ApiContext): void {
  api.openAPIRegistry.registerPath(cancel);
  api.openapi(
    { ...cancel, ...routed('cancel'), request: { ...cancel.request, params: verbParams('cancel') } },
    async (context) => {
      const { error, cause } = context.req.valid('json');
      const { caller } = context.env;
      await operations.cancelRun(asRunId(context.req.valid('param').run), {
        ...(error === undefined ? {} : { error }),
        ...(cause === undefined ? {} : { cause }),
        ...(caller === undefined ? {} : { by: caller }),
      });
      return context.body(null, 202);
    },
  );

  api.openAPIRegistry.registerPath(redrive);
  api.openapi({ ...redrive, ...routed('redrive'), request: { params: verbParams('redrive') } }, async (context) => {
    const summary = await operations.redriveRun(asRunId(context.req.valid('param').run), context.env.caller);
    return context.json(runSummaryView(summary), 202);
  });
}

/**
 * The same path as Hono routes it: a parameter there is a whole segment, so `{run}:cancel` is one parameter that ends in its verb.
 * A run named `cancel` is no trouble, because a POST always carries a verb after it.
 */
const routed = <Verb extends string>(verb: Verb) => ({ hide: true, path: `/v1/runs/{run{.+:${verb}}}` }) as const;

const verbParams = (verb: string) => z.object({ run: z.string().transform((text) => text.slice(0, -verb.length - 1)) });
