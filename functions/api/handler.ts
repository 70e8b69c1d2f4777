/** The API on Lambda: the application of the single machine, behind API Gateway or a function URL, which have checked who calls. */
import { type ApiEnv, apiEnv } from '#functions/api/env';
import type { ApiAnswer, ApiEvent } from '#functions/api/event';
import { type Serve, serveEvents } from '#functions/api/serve';
import { openBucket } from '#functions/bucket';
import { observed } from '#functions/observed';
import { openScheduler } from '#functions/wiring';
import { createApi } from '#http/app';
import { healthOf } from '#http/health';
import type { Telemetry } from '#ports/telemetry';
import { createOperations } from '#scheduler/create-operations';

/** A request that waits is paid for, and cut off by API Gateway after 30 s. */
const LONGEST_WAIT_SECONDS = 10;

async function open(env: ApiEnv, telemetry: Telemetry): Promise<Serve> {
  const s = await openScheduler(env, telemetry);
  const bucket = openBucket(env);
  const startedAt = new Date().toISOString();
  const api = createApi(createOperations(s), {
    version: env.FLOWBEAT_VERSION,
    health: () => healthOf(s.store, { draining: false, store: `dynamodb: ${env.FLOWBEAT_TABLE}`, startedAt }),
    maxWaitSeconds: LONGEST_WAIT_SECONDS,
    discovers: true,
    ...(bucket && { uploads: bucket }),
    onUnexpected: (error, { method, url }) => telemetry.event('requestFailed', { method, url, message: String(error) }),
  });
  return serveEvents({ api, telemetry, answers: bucket, basePath: env.FLOWBEAT_BASE_PATH });
}

/** Answers one request. */
export const handler = observed<ApiEnv, Serve, ApiEvent, ApiAnswer>({
  name: 'api',
  env: apiEnv,
  open,
  handle: (serve, event) => serve(event),
});
