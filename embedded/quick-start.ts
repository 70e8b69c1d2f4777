import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadHandlers } from '#actions/handlers/load-handlers';
import { type Embedded, startEmbedded } from '#embedded/start-embedded';
import { FlowbeatError } from '#ports/errors';
import type { Telemetry } from '#ports/telemetry';

/** What a server of examples is started with. */
export interface ExamplesOptions {
  /** Holds `handlers.ts` and charts. */
  readonly folder: string;
  readonly file: string;
  /** Where the command line looks for a server; any free port where it is taken. */
  readonly port: number;
  readonly version: string;
  readonly telemetry: Telemetry;
}

/** A server with a folder's charts and handlers, ready to run them. */
export async function serveExamples({ folder, file, port, version, telemetry }: ExamplesOptions): Promise<Embedded> {
  const server = await startEmbedded({ file, port, version, telemetry }).catch((error: unknown) => {
    if (!(error instanceof FlowbeatError) || error.code !== 'PORT_BUSY') throw error;
    return startEmbedded({ file, port: 0, version, telemetry });
  });
  try {
    const charts = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
    for (const name of charts) await server.operations.putChart(readFileSync(join(folder, name), 'utf8'));
    await server.startWorker({ handlers: await loadHandlers(join(folder, 'handlers.ts')) });
    return server;
  } catch (error) {
    await server.abort();
    throw error;
  }
}
