import type { Json, JsonObject } from '#engine/json';
import { isObject } from '#engine/json-values';
import type { IntegrationOutcome } from '#ports/integrations';

/** What a Task hands to a function, as the API takes it: any value becomes JSON, a text too, and an object as client context the Base64 that Lambda wants. */
export function toInvocation(input: JsonObject): JsonObject {
  const { Payload: payload, ClientContext: context, ...rest } = input;
  return {
    ...rest,
    ...(payload !== undefined && { Payload: JSON.stringify(payload) }),
    ...(context !== undefined && {
      ClientContext: typeof context === 'string' ? context : Buffer.from(JSON.stringify(context)).toString('base64'),
    }),
  };
}

/** The answer with its payload as a value, or the function's own error. */
export function fromInvocation(output: JsonObject): IntegrationOutcome & { readonly payload?: Json } {
  const { Payload: text, FunctionError: error, ...rest } = output;
  const payload = typeof text === 'string' && text !== '' ? parsed(text) : undefined;
  if (error !== undefined) return functionFailed(payload, typeof text === 'string' ? text : '');
  return { ok: true, output: payload === undefined ? rest : { ...rest, Payload: payload }, payload: payload ?? null };
}

/** By the type that the function's runtime gives; a function that was killed (memory, time) has none. */
function functionFailed(payload: Json | undefined, text: string): IntegrationOutcome {
  const type = isObject(payload) ? payload.errorType : undefined;
  if (typeof type === 'string' && type !== '') return { ok: false, error: type, cause: text };
  return {
    ok: false,
    error: 'Lambda.Unknown',
    cause: `The function gave no type of error; it was probably ended for its memory or its time. It returned: ${text}`,
  };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
