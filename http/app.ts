/** The API as Request -> Response. It binds no port: the server (or a Lambda) does. */
import { type Api, type ApiContext, type ApiOptions, emptyApi } from '#http/api';
import { limitBody, onlyHosts, refuseForeignPages } from '#http/guards';
import { asFlowbeatError, problemResponse } from '#http/problems';
import { addBrakeRoutes } from '#http/routes/brake';
import { addChartRoutes } from '#http/routes/charts';
import { addHealthRoutes } from '#http/routes/health';
import { addHistoryRoutes } from '#http/routes/history';
import { addRunOperationRoutes } from '#http/routes/run-operations';
import { addRunRoutes } from '#http/routes/runs';
import { addTaskRoutes } from '#http/routes/tasks';
import { addTestStateRoutes } from '#http/routes/test-state';
import { addUploadRoutes } from '#http/routes/uploads';
import { addWorkerRoutes } from '#http/routes/workers';
import { rejected } from '#ports/errors';
import type { Operations } from '#scheduler/operations';

export type { ApiOptions };

/** The API over an installation's operations. `caller`: who calls, where whoever lets requests in has made sure of it. */
export function createApi(
  operations: Operations,
  options: ApiOptions,
): { readonly fetch: (request: Request, caller?: string) => Promise<Response> } {
  const api = emptyApi();
  if (options.allowedHosts) api.use(onlyHosts(options.allowedHosts));
  api.use(refuseForeignPages);
  api.use(limitBody);

  const context: ApiContext = { operations, options };
  addHealthRoutes(api, context);
  addChartRoutes(api, context);
  addTestStateRoutes(api);
  addRunOperationRoutes(api, context);
  addRunRoutes(api, context);
  addHistoryRoutes(api, context);
  addTaskRoutes(api, context);
  addUploadRoutes(api, context);
  addWorkerRoutes(api, context);
  addBrakeRoutes(api, context);
  const info = {
    title: 'Flowbeat',
    version: options.version,
    license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
  };
  api.get('/v1/openapi.json', (answer) => answer.json(api.getOpenAPI31Document({ openapi: '3.1.0', info })));

  refuseOtherMethods(api);
  api.notFound(({ req }) =>
    problemResponse(
      rejected('NOT_FOUND', `There is nothing at ${req.path}. GET /v1/openapi.json lists what there is.`),
      req.path,
    ),
  );
  api.onError((thrown, { req }) => {
    const error = asFlowbeatError(thrown);
    if (error.code === 'INTERNAL') options.onUnexpected?.(thrown, req.raw);
    return problemResponse(error, req.path);
  });
  return { fetch: async (request, caller) => api.fetch(request, caller === undefined ? {} : { caller }) };
}

/** 405 with `Allow` where a path exists and the method does not; without it Hono would say 404. */
function refuseOtherMethods(api: Api): void {
  const methods = new Map<string, string[]>();
  for (const { path, method } of api.routes) {
    if (method === 'ALL') continue;
    const known = methods.get(path) ?? [];
    if (!known.includes(method)) methods.set(path, [...known, method]);
  }
  for (const [path, allow] of methods) {
    api.all(path, ({ req }) => {
      throw rejected('METHOD_NOT_ALLOWED', `${req.path} does not take ${req.method}; it takes ${allow.join(', ')}.`, {
        allow,
      });
    });
  }
}
