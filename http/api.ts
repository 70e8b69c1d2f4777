import { OpenAPIHono } from '@hono/zod-openapi';
import type { Health } from '#http/contract/health';
import { invalidRequest } from '#http/invalid-request';
import type { Uploads } from '#http/uploads';
import type { Operations } from '#scheduler/operations';

/** What the API is made with. */
export interface ApiOptions {
  /** The version of Flowbeat. */
  readonly version: string;
  /** How the server is doing. */
  health(): Promise<Omit<Health, 'version'>> | Omit<Health, 'version'>;
  /** Aborts when the server stops: answers that wait are given at once. */
  readonly stopping?: AbortSignal;
  /** The longest that an answer may wait, in seconds; 20 if absent. 0 where waiting costs money. */
  readonly maxWaitSeconds?: number;
  /** The host names that the server answers to; any where absent. A server on loopback names `localhost`, `127.0.0.1` and `[::1]`. */
  readonly allowedHosts?: readonly string[];
  /** Where large inputs are uploaded to; absent where requests of any size reach the server. */
  readonly uploads?: Uploads;
  /** Whether the installation has a sweeper, which may ask its platform for hosts: not on one machine. */
  readonly discovers?: boolean;
  /** Told of every error that nobody foresaw. */
  readonly onUnexpected?: (error: unknown, request: Request) => void;
}

/** What each route is built with. */
export interface ApiContext {
  readonly operations: Operations;
  readonly options: ApiOptions;
}

/** The Hono application that the routes are added to. */
export type Api = OpenAPIHono;

/** An empty application whose schemas answer with problem details. */
export const emptyApi = (): Api =>
  new OpenAPIHono({
    defaultHook: (result) => {
      if (!result.success)
        throw invalidRequest(result.target, result.error.issues, 'data' in result ? result.data : undefined);
    },
  });
