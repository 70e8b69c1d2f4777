import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { z } from 'zod';
import { openPowertools, type Powertools } from '#adapters/powertools/open';
import type { InstallationEnv } from '#functions/env';
import { FlowbeatError, rejected } from '#ports/errors';
import type { Telemetry } from '#ports/telemetry';

/** What a function is made of. */
export interface Observed<Env extends InstallationEnv, Opened, Event, Answer> {
  /** Its folder's name. */
  readonly name: string;
  readonly env: z.ZodType<Env>;
  /** Opens what its calls need, once for each Lambda instance; once more with the next call where it failed. */
  open(env: Env, telemetry: Telemetry): Promise<Opened>;
  /** Answers one call. */
  handle(opened: Opened, event: Event, context: Context): Promise<Answer>;
}

/**
 * A Lambda function that is observed: structured logs, metrics and traces. What it throws was told of before, and is Lambda's to repeat.
 *
 * The environment is read with the first call and not as the module is loaded: a bad one is then a line in the log that names the variable.
 */
export function observed<Env extends InstallationEnv, Opened, Event, Answer>(
  parts: Observed<Env, Opened, Event, Answer>,
): (event: Event, context: Context) => Promise<Answer> {
  let ready: Promise<(event: Event, context: Context) => Promise<Answer>> | undefined;
  const once = () => {
    ready ??= start(parts);
    ready.catch(() => {
      ready = undefined;
    });
    return ready;
  };
  return async (event, context) => (await once())(event, context);
}

async function start<Env extends InstallationEnv, Opened, Event, Answer>({
  name,
  env: schema,
  open,
  handle,
}: Observed<Env, Opened, Event, Answer>): Promise<(event: Event, context: Context) => Promise<Answer>> {
  const env = parseEnv(name, schema, process.env);
  const powertools = openPowertools({ installation: env.FLOWBEAT_NAME, name });
  let opened: Promise<Opened> | undefined;
  const once = () => {
    opened ??= open(env, powertools.telemetry);
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  };
  return withPowertools<Event, Answer>(powertools, async (event, context) => {
    try {
      return await handle(await once(), event, context);
    } catch (error) {
      const code = error instanceof FlowbeatError ? error.code : 'UNEXPECTED';
      powertools.telemetry.event('callFailed', { code, message: String(error), stack: (error as Error).stack });
      throw error;
    }
  });
}

function withPowertools<Event, Answer>(
  powertools: Powertools,
  handle: (event: Event, context: Context) => Promise<Answer>,
): (event: Event, context: Context) => Promise<Answer> {
  const [trace, log, metrics] = powertools.middleware();
  const call = middy<Event, Answer>().use(trace).use(log).use(metrics).handler(handle);
  return (event, context) => call(event, context) as Promise<Answer>;
}

/** Throws ENVIRONMENT_INVALID with one sentence that names the variables at fault. */
export function parseEnv<Env>(
  name: string,
  schema: z.ZodType<Env>,
  environment: Readonly<Record<string, string | undefined>>,
): Env {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return parsed.data;
  const what = parsed.error.issues.map(({ path, message }) => `${path.join('.')} (${message})`).join(', ');
  throw rejected('ENVIRONMENT_INVALID', `The environment of the function ${name} does not do: ${what}.`, {
    variables: parsed.error.issues.map(({ path }) => path.join('.')),
  });
}
