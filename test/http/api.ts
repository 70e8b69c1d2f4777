import type { ApiOptions } from '#http/api';
import { createApi } from '#http/app';
import { StubOperations } from './stub-operations.ts';

/** An API over stub operations, and a way to call it. */
export function stubApi(options: Partial<ApiOptions> = {}) {
  const operations = new StubOperations();
  const api = createApi(operations, { version: '1.2.3', health: () => ({ status: 'ok' }), ...options });
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await api.fetch(
      new Request(`http://localhost${path}`, {
        method,
        headers: { ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(text === undefined ? {} : { body: text }),
      }),
    );
    const answer = await response.text();
    // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever comes back
    const json: any = answer === '' ? undefined : JSON.parse(answer);
    return { status: response.status, headers: response.headers, json };
  };
  return { operations, call };
}
