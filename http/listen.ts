import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { FlowbeatError, rejected } from '#ports/errors';

/** A server that listens. */
export interface Listening {
  /** Where it is reached from this machine. */
  readonly url: string;
  readonly port: number;
  /** Takes no new connections; resolves when those that are open have been answered, or after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Binds an API to a port (0: any free one). Rejects with PORT_BUSY, PORT_FORBIDDEN or HOST_INVALID, each with a sentence on what to do. */
export async function listen(
  api: { readonly fetch: (request: Request) => Promise<Response> },
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Listening> {
  const server = createAdaptorServer({ fetch: (request) => api.fetch(request), overrideGlobalObjects: false });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, host, port)));
    server.listen(port, host, () => resolve());
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${nameOf(host)}:${bound}`,
    port: bound,
    close(graceMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      if ('closeIdleConnections' in server) server.closeIdleConnections();
      const cut = setTimeout(() => {
        if ('closeAllConnections' in server) server.closeAllConnections();
      }, graceMs);
      return closed.finally(() => clearTimeout(cut));
    },
  };
}

/** A server on all addresses is reached by the loopback's. */
function nameOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): FlowbeatError {
  const at = { host, port };
  switch (error.code) {
    case 'EADDRINUSE':
      return rejected(
        'PORT_BUSY',
        `Port ${port} on ${host} is taken by another program. Stop that one, or choose another port with --port (0 takes any free one).`,
        at,
      );
    case 'EACCES':
      return rejected(
        'PORT_FORBIDDEN',
        `This user may not listen on port ${port}. Choose one above 1023 with --port.`,
        at,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return rejected('HOST_INVALID', `${host} is no address of this machine. Choose another with --host.`, at);
    default:
      return new FlowbeatError(
        'rejected',
        'LISTEN_FAILED',
        `Cannot listen on ${host}:${port}: ${error.message}.`,
        at,
        error,
      );
  }
}
