import type { ClientModule } from '#adapters/integrations/bundled-clients';
import { loadClient } from '#adapters/integrations/client-modules';
import type { Shape } from '#adapters/integrations/shapes';
import { shapeOf } from '#adapters/integrations/shapes';
import { InputMisfit } from '#adapters/integrations/to-service';

/** A client and what it offers, as far as it is used here: every client of the SDK has this form. */
interface AwsClient {
  send(command: AwsCommand, options: { readonly abortSignal: AbortSignal }): Promise<object>;
  readonly config: { readonly serviceId: string };
  destroy(): void;
}

interface Exchange {
  readonly response?: { readonly headers?: Readonly<Record<string, string>> };
}

type Handler = (args: object) => Promise<Exchange>;

interface AwsCommand {
  readonly schema?: unknown;
  readonly middlewareStack: { add(middleware: (next: Handler) => Handler, options: object): void };
}

type Make<T> = new (input: object) => T;

/** An API of a service, ready to be called. */
export interface ServiceApi {
  /** The service's id as the SDKs know it: `DynamoDB`, `Secrets Manager`. */
  readonly serviceId: string;
  readonly input: Shape;
  readonly output: Shape;
  /** Whether an error is one that the service declares, and not the client's word for any other. */
  isDeclared(error: object): boolean;
  send(
    input: object,
    signal: AbortSignal,
  ): Promise<{ readonly output: object; readonly headers: Readonly<Record<string, string>> }>;
}

/** A dead connection is noticed; an answer may take as long as the Task allows: a function may run for a quarter of an hour. */
const PATIENCE = { connectionTimeout: 3_000 } as const;

/**
 * What clients are made with. SQS's alone reads the last: requests go to the region's endpoint, or the one that the environment names, and not to the host of a queue's
 * URL, which at an emulator may be none. A queue of another region is not reached by that either: the request is signed for this one.
 */
const SETTINGS = { requestHandler: PATIENCE, useQueueUrlAsEndpoint: false } as const;

interface Service {
  readonly module: ClientModule;
  readonly client: AwsClient;
}

/** Gives a client what it signs requests with. */
type Credentials = () => Promise<object>;

/** The services of AWS, one client each, made when a Task first calls it. Region and endpoint are those of the environment, and so are the credentials where none are given. */
export class Services {
  readonly #services = new Map<string, Promise<Service>>();
  readonly #credentials: Credentials | undefined;

  constructor(credentials?: Credentials) {
    this.#credentials = credentials;
  }

  /** An API by its names in charts (`dynamodb`, `putItem`). Throws `ClientMissing`, or `InputMisfit` where the service has no such API. */
  async api(service: string, api: string): Promise<ServiceApi> {
    const { module, client } = await this.#open(service);
    const wanted = `${api}command`.toLowerCase();
    const name = Object.keys(module).find((each) => each.toLowerCase() === wanted);
    if (name === undefined) throw new InputMisfit(`The service '${service}' has no API '${api}'.`);
    const Command = module[name] as Make<AwsCommand>;
    const { schema } = new Command({});
    if (!Array.isArray(schema)) {
      throw new InputMisfit(`The installed client of '${service}' is too old: version 3.1000 or later is needed.`);
    }
    const base = baseErrorOf(module);
    return {
      serviceId: client.config.serviceId,
      input: shapeOf(schema[4]),
      output: shapeOf(schema[5]),
      isDeclared: (error) => error.constructor !== base && base !== undefined && error instanceof base,
      async send(input, signal) {
        const command = new Command(input);
        let headers: Readonly<Record<string, string>> = {};
        const note = (next: Handler): Handler => {
          return async (args) => {
            const exchange = await next(args);
            headers = exchange.response?.headers ?? {};
            return exchange;
          };
        };
        command.middlewareStack.add(note, { step: 'deserialize', priority: 'high', name: 'flowbeatHeaders' });
        return { output: await client.send(command, { abortSignal: signal }), headers };
      },
    };
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    for (const service of this.#services.values()) {
      const opened = await service.catch(() => undefined);
      opened?.client.destroy();
    }
    this.#services.clear();
  }

  #open(service: string): Promise<Service> {
    const known = this.#services.get(service);
    if (known) return known;
    const opened = open(service, this.#credentials);
    this.#services.set(service, opened);
    // Installed meanwhile, it is found at the next call.
    opened.catch(() => this.#services.delete(service));
    return opened;
  }
}

async function open(service: string, credentials: Credentials | undefined): Promise<Service> {
  const module = await loadClient(service);
  const name = Object.keys(module).find((each) => /^[A-Z][A-Za-z0-9]*Client$/.test(each));
  if (name === undefined) throw new InputMisfit(`The package of '${service}' holds no client.`);
  return {
    module,
    client: new (module[name] as Make<AwsClient>)({ ...SETTINGS, ...(credentials && { credentials }) }),
  };
}

/** The class of all errors of a client, `<Service>ServiceException`; Lambda also declares one that is called `ServiceException`. */
function baseErrorOf(module: ClientModule): (abstract new (...args: never) => object) | undefined {
  const name = Object.keys(module).find((each) => each.endsWith('ServiceException') && each !== 'ServiceException');
  return name === undefined ? undefined : (module[name] as abstract new (...args: never) => object);
}
