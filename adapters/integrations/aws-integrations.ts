import { ClientMissing } from '#adapters/integrations/client-modules';
import { type ErrorNames, failureOf, optimizedErrors, sdkErrors } from '#adapters/integrations/errors';
import { AnswerTooLarge, fromService } from '#adapters/integrations/from-service';
import { invokeHttp } from '#adapters/integrations/http-invoke';
import { fromInvocation, toInvocation } from '#adapters/integrations/lambda';
import { capitalized, sdkMember } from '#adapters/integrations/names';
import { OPTIMIZED, type Optimized } from '#adapters/integrations/optimized';
import { RoleRefused, Roles } from '#adapters/integrations/roles';
import type { ServiceApi, Services } from '#adapters/integrations/service-call';
import { InputMisfit, toService } from '#adapters/integrations/to-service';
import type { Json, JsonObject } from '#engine/json';
import { isObject } from '#engine/json-values';
import { clientToken } from '#ports/idempotency';
import type { IntegrationCall, IntegrationOutcome, Integrations } from '#ports/integrations';

/** The services of AWS, and their end. */
export interface AwsIntegrations extends Integrations {
  close(): Promise<void>;
}

const LAMBDA_ERRORS = optimizedErrors('Lambda', 'AWSLambda');

/** The integrations of Step Functions over the clients of the AWS SDK: those that are bundled, and those that are installed. */
export function awsIntegrations(): AwsIntegrations {
  const roles = new Roles();
  return {
    async call(call) {
      const { services, connections } = roles.of(call.role);
      try {
        return await (call.resource === 'http:invoke' ? invokeHttp(connections, call) : dispatch(services, call));
      } catch (error) {
        if (error instanceof ClientMissing) return failed('Flowbeat.ClientMissing', error.message);
        if (error instanceof InputMisfit)
          return failed('States.Runtime', `The call of ${call.resource} cannot be made. ${error.message}`);
        if (error instanceof RoleRefused) return failed('States.Permissions', error.message);
        if (error instanceof AnswerTooLarge) return failed('States.DataLimitExceeded', error.message);
        throw error;
      }
    },
    close: () => roles.close(),
  };
}

const failed = (error: string, cause: string): IntegrationOutcome => ({ ok: false, error, cause });

function dispatch(services: Services, call: IntegrationCall): Promise<IntegrationOutcome> {
  const { resource } = call;
  if (resource.startsWith('arn:')) return invokeByArn(services, call);
  if (resource === 'lambda:invoke') return invokeLambda(services, call, toInvocation(asObject(call.input)));
  const optimized = OPTIMIZED[resource];
  if (optimized) return callOptimized(services, call, optimized);
  const [kind, service = '', api = ''] = resource.split(':');
  if (kind === 'aws-sdk') return callSdk(services, call, service, api);
  return Promise.resolve(failed('States.Runtime', `There is no integration ${resource}.`));
}

/** `aws-sdk:<service>:<api>`: the bare API. */
async function callSdk(services: Services, call: IntegrationCall, service: string, name: string) {
  const api = await services.api(service, name);
  const answer = await ask(api, call, asObject(call.input), sdkErrors(api.serviceId), sdkMember);
  return answer.ok ? ({ ok: true, output: answer.output } as const) : answer;
}

async function callOptimized(
  services: Services,
  call: IntegrationCall,
  optimized: Optimized,
): Promise<IntegrationOutcome> {
  const { prepare, failure, errors } = optimized;
  const api = await services.api(optimized.service, optimized.api);
  const given = asObject(call.input);
  const input = prepare ? prepare(given, await clientToken(call.idempotencyKey)) : given;
  const answer = await ask(api, call, input, errors, capitalized);
  if (!answer.ok) return answer;
  return failure?.(answer.output) ?? { ok: true, output: { ...answer.output, ...answer.http } };
}

/** A function's ARN as the resource: the input is what it gets, its answer the result. */
async function invokeByArn(services: Services, call: IntegrationCall): Promise<IntegrationOutcome> {
  const input = toInvocation({ FunctionName: call.resource, Payload: call.input });
  const api = await services.api('lambda', 'invoke');
  const answer = await ask(api, call, input, LAMBDA_ERRORS, capitalized);
  if (!answer.ok) return answer;
  const outcome = fromInvocation(answer.output);
  return outcome.ok ? { ok: true, output: outcome.payload ?? null } : outcome;
}

async function invokeLambda(services: Services, call: IntegrationCall, input: JsonObject): Promise<IntegrationOutcome> {
  const api = await services.api('lambda', 'invoke');
  const answer = await ask(api, call, input, LAMBDA_ERRORS, capitalized);
  if (!answer.ok) return answer;
  const outcome = fromInvocation(answer.output);
  return outcome.ok ? { ok: true, output: { ...asObject(outcome.output), ...answer.http } } : outcome;
}

type Answer =
  | { readonly ok: true; readonly output: JsonObject; readonly http: JsonObject }
  | (IntegrationOutcome & { readonly ok: false });

/** One request and its answer, both in Step Functions' names. Throws `InputMisfit`. */
async function ask(
  api: ServiceApi,
  call: IntegrationCall,
  input: JsonObject,
  errors: ErrorNames,
  rename: (name: string) => string,
): Promise<Answer> {
  const request = toService(api.input, input, await clientToken(call.idempotencyKey)) as object;
  try {
    const { output, headers } = await api.send(request, call.signal);
    const made = await fromService(api.output, output, rename);
    return { ok: true, output: asObject(made), http: httpOf(output, headers) };
  } catch (error) {
    if (error instanceof AnswerTooLarge || error instanceof RoleRefused) throw error;
    return failureOf(error, api, errors) as IntegrationOutcome & { readonly ok: false };
  }
}

/** What the optimized integrations add to a result. */
function httpOf(output: object, headers: Readonly<Record<string, string>>): JsonObject {
  const { $metadata } = output as {
    readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  };
  return {
    SdkHttpMetadata: {
      AllHttpHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
      HttpHeaders: { ...headers },
      HttpStatusCode: $metadata?.httpStatusCode ?? 0,
    },
    SdkResponseMetadata: { RequestId: $metadata?.requestId ?? '' },
  };
}

/** What is no object has no members: a service that needs some says so. */
const asObject = (value: Json): JsonObject => (isObject(value) ? value : {});
