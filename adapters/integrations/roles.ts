import { failureOf, optimizedErrors } from '#adapters/integrations/errors';
import { Connections } from '#adapters/integrations/http-connection';
import { Services } from '#adapters/integrations/service-call';

/** Roles whose clients are kept; a chart may take the role of a call from its input, and so any number of them. */
const KEPT = 32;

/** A role may not be assumed: nothing of what it was for is called. */
export class RoleRefused extends Error {
  constructor(role: string, why: string) {
    super(`The role ${role} cannot be assumed, so that the call of its Task is not made: ${why}`);
    this.name = 'RoleRefused';
  }
}

/** What is called in one role. */
export interface Callers {
  readonly services: Services;
  readonly connections: Connections;
}

const callersWith = (services: Services): Callers => ({ services, connections: new Connections(services) });

/**
 * Callers by role (AWS: "Accessing resources in other AWS accounts in Step Functions"). The process's own role assumes the others: it needs `sts:AssumeRole` on them, and they have to trust it.
 * The credentials are asked for by a client when it first calls, and again when they are about to expire.
 */
export class Roles {
  readonly #own = callersWith(new Services());
  readonly #others = new Map<string, Callers>();

  /** Those of a role; of the process itself where there is none. */
  of(role: string | undefined): Callers {
    if (role === undefined) return this.#own;
    const known = this.#others.get(role);
    if (known) {
      // The one that was used last goes last.
      this.#others.delete(role);
      this.#others.set(role, known);
      return known;
    }
    const callers = callersWith(new Services(() => assume(this.#own.services, role)));
    this.#others.set(role, callers);
    for (const [oldest, { services }] of this.#others) {
      if (this.#others.size <= KEPT) break;
      this.#others.delete(oldest);
      void services.close();
    }
    return callers;
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    await this.#own.services.close();
    for (const { services } of this.#others.values()) await services.close();
    this.#others.clear();
  }
}

const STS = optimizedErrors('STS', 'AWSSecurityTokenService');
const ASKED_MS = 20_000;
/** Names of errors by which AWS asks for fewer calls; their status is 400 (AWS: "Common error types"). */
const tooOften = /^(Throttl|RequestThrottl|RequestLimitExceeded|TooManyRequests)/;

/** What STS gives, in the words of clients. Throws `RoleRefused`. */
async function assume(own: Services, role: string): Promise<object> {
  const api = await own.api('sts', 'assumeRole');
  const request = { RoleArn: role, RoleSessionName: 'flowbeat' };
  const answer = await api.send(request, AbortSignal.timeout(ASKED_MS)).catch((error: unknown) => {
    const { $metadata, name } = error as Error & { readonly $metadata?: { readonly httpStatusCode?: number } };
    const status = $metadata?.httpStatusCode ?? 0;
    // What passes by itself is thrown on: the call failed, and its `Retry` tries it again.
    if (status < 400 || status === 429 || status >= 500 || tooOften.test(name)) throw error;
    const said = failureOf(error, api, STS);
    throw new RoleRefused(role, said.ok ? '' : said.cause);
  });
  const { Credentials: given } = answer.output as { readonly Credentials?: Readonly<Record<string, unknown>> };
  return {
    accessKeyId: given?.AccessKeyId,
    secretAccessKey: given?.SecretAccessKey,
    sessionToken: given?.SessionToken,
    expiration: given?.Expiration,
  };
}
