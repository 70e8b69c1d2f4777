import { createRoute } from '@hono/zod-openapi';
import { problems } from '#http/answers';
import type { Api, ApiContext } from '#http/api';
import { failTask, heartbeatTask, succeedTask } from '#http/contract/task';

const responses = { 204: { description: 'The answer is stored; the first one counts.' }, ...problems };

const succeed = createRoute({
  method: 'post',
  path: '/v1/tasks:succeed',
  summary: 'Answer a task token: the action succeeded',
  request: { body: { required: true, content: { 'application/json': { schema: succeedTask } } } },
  responses,
});

const fail = createRoute({
  method: 'post',
  path: '/v1/tasks:fail',
  summary: 'Answer a task token: the action failed',
  request: { body: { required: true, content: { 'application/json': { schema: failTask } } } },
  responses,
});

const heartbeat = createRoute({
  method: 'post',
  path: '/v1/tasks:heartbeat',
  summary: 'Give a sign of life for a task token',
  request: { body: { required: true, content: { 'application/json': { schema: heartbeatTask } } } },
  responses,
});

/** Callbacks. */
export function addTaskRoutes(api: Api, { operations }: ApiContext): void {
  api.openapi(succeed, async (context) => {
    const { taskToken, output } = context.req.valid('json');
    await operations.completeTask(taskToken, output, context.env.caller);
    return context.body(null, 204);
  });
  api.openapi(fail, async (context) => {
    const { taskToken, error, cause } = context.req.valid('json');
    const { caller } = context.env;
    await operations.failTask(taskToken, {
      error,
      ...(cause === undefined ? {} : { cause }),
      ...(caller === undefined ? {} : { by: caller }),
    });
    return context.body(null, 204);
  });
  api.openapi(heartbeat, async (context) => {
    await operations.heartbeatTask(context.req.valid('json').taskToken);
    return context.body(null, 204);
  });
}
