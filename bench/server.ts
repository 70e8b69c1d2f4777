/** `flowbeat serve` as a user starts it, from the spawn to its health, and what its processes weigh. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../bin/flowbeat.mjs', import.meta.url));
const HANDLERS = fileURLToPath(new URL('handlers.ts', import.meta.url));
const LOOK_MS = 2;
const PATIENCE_MS = 60_000;

/** A server that answers. */
export interface Server {
  readonly pid: number;
  readonly url: string;
  /** Milliseconds from the spawn to the first 200 of /v1/health. */
  readonly bootMs: number;
  stop(): Promise<void>;
}

/** Starts `serve` over a file and resolves when it answers. */
export async function serve(file: string): Promise<Server> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const began = performance.now();
  const args = [PROGRAM, 'serve', '--file', file, '--port', String(port), '--handlers', HANDLERS];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const gone = once(child, 'exit');
  await healthy(child, `${url}/v1/health`, began);
  const bootMs = performance.now() - began;
  return {
    pid: child.pid ?? 0,
    url,
    bootMs,
    async stop() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}

async function healthy(child: ChildProcess, url: string, began: number): Promise<void> {
  for (;;) {
    const response = await fetch(url).catch(() => undefined);
    // A body that nobody reads holds its connection.
    await response?.arrayBuffer();
    if (response?.status === 200) return;
    if (child.exitCode !== null || performance.now() - began > PATIENCE_MS) {
      child.kill('SIGKILL');
      throw new Error(`serve did not answer (exit code ${child.exitCode})`);
    }
    await pause(LOOK_MS);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Resident megabytes (10^6 bytes) of a process and all below it. Linux only; undefined elsewhere. */
export function residentMb(pid: number): number | undefined {
  try {
    const kib = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    let mb = (kib * 1_024) / 1e6;
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const children = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim();
      for (const child of children.split(' ').filter(Boolean)) mb += residentMb(Number(child)) ?? 0;
    }
    return mb;
  } catch {
    return undefined;
  }
}
