import { createServer } from 'node:http';
import { rejected } from '#ports/errors';
import type { Life } from '#workers/life';

/** What is told of a worker's health. */
export interface HealthServer {
  readonly port: number;
  close(): void;
}

/** Answers `GET /health`: 200 while the worker can prove its lease, 503 else. For the platform, which ends and replaces a worker that is not well. */
export async function serveHealth(port: number, life: () => Life | undefined): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const now = life();
    const isWell = now?.proven === true;
    const status = request.url === '/health' ? (isWell ? 200 : 503) : 404;
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(
      status === 404
        ? '{}'
        : JSON.stringify({
            healthy: isWell,
            ...(now && { incarnation: now.incarnation, status: now.draining ? 'Draining' : now.status }),
          }),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        rejected(
          'HEALTH_PORT_UNUSABLE',
          `The port ${port} for the health cannot be opened (${error.code}). Name another with --health-port.`,
          { port },
        ),
      ),
    );
    server.listen(port, resolve);
  });
  // A worker that ends does not wait for who asks.
  server.unref();
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
