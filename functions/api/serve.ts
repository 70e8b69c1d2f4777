import type { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';
import { type ApiAnswer, type ApiEvent, basePathOf, below, callerOf, withoutIdleBody } from '#functions/api/event';
import { type AnswerPlace, fitting } from '#functions/api/large-answers';
import { asFlowbeatError, problemResponse } from '#http/problems';
import type { Telemetry } from '#ports/telemetry';

/** What requests of API Gateway and function URLs are answered with. */
export interface ServeOptions {
  readonly api: { readonly fetch: (request: Request, caller?: string) => Promise<Response> };
  readonly telemetry: Telemetry;
  /** Where answers of more than 6 MB go; refused where absent. */
  readonly answers?: AnswerPlace | undefined;
  /** What a domain of one's own maps, before `/v1`. */
  readonly basePath?: string | undefined;
}

/** Answers an event of API Gateway's HTTP API (payload 2.0) or of a function URL, which have the same form. */
export type Serve = (event: ApiEvent) => Promise<ApiAnswer>;

/** The API as a function of events. */
export function serveEvents({ api, telemetry, answers, basePath }: ServeOptions): Serve {
  return async (event) => {
    const base = basePathOf(event, basePath);
    const app = {
      async fetch(request: Request): Promise<Response> {
        const response = await fitting(await api.fetch(request, callerOf(event)), event.rawPath, answers).catch(
          (error: unknown) => {
            telemetry.event('answerFailed', { path: event.rawPath, message: String(error) });
            return problemResponse(asFlowbeatError(error), event.rawPath);
          },
        );
        tell(telemetry, event, request, response.status);
        // What the API calls its own paths is elsewhere for its callers.
        const location = response.headers.get('location');
        if (location?.startsWith('/')) response.headers.set('location', base + location);
        return response;
      },
    };
    // It calls nothing but `fetch`.
    const answer = handle(app as unknown as Hono);
    return (await answer(withoutIdleBody(below(event, base)) as never)) as ApiAnswer;
  };
}

/** Who changed what. Reads are many and change nothing: API Gateway's own log has them. */
function tell(telemetry: Telemetry, event: ApiEvent, request: Request, status: number): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const { pathname } = new URL(request.url);
  const { requestId } = event.requestContext;
  telemetry.event('apiRequest', { caller: callerOf(event), method: request.method, path: pathname, status, requestId });
}
