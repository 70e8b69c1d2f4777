import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '#test/support/aws-local/free-port';
import type { Place } from '#test/support/aws-local/place';
import { lastLines, lives, start } from '#test/support/aws-local/program';
import { installMiniStack } from '#test/support/aws-local/python';

const PATIENCE_MS = 30_000;

/** An emulator that was started here. */
export interface MiniStack {
  readonly endpoint: string;
  readonly pid: number;
}

/** Starts MiniStack on a free port of the loopback interface; resolves when it answers. It lives on when this process ends. */
export async function startMiniStack(place: Place): Promise<MiniStack> {
  const command = await installMiniStack(place);
  const port = await freePort();
  const log = place.log('ministack');
  const child = start({ command, args: [], log, environment: environmentOf(place, port) });
  const { pid = -1 } = child;
  child.on('error', () => {});
  const endpoint = `http://127.0.0.1:${port}`;
  for (const until = performance.now() + PATIENCE_MS; performance.now() < until; await sleep(50)) {
    const answer = await fetch(`${endpoint}/_ministack/ready`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) {
      child.unref();
      return { endpoint, pid };
    }
    if (!lives(pid) || child.exitCode !== null) break;
  }
  child.kill('SIGKILL');
  throw new Error(`MiniStack did not start. The last that it said (${log}):\n${lastLines(log)}`);
}

function environmentOf(place: Place, port: number): NodeJS.ProcessEnv {
  // With an endpoint in its own environment it would hand that to every Lambda, instead of its own.
  const { AWS_ENDPOINT_URL: _, AWS_ENDPOINT_URL_S3: _s3, AWS_PROFILE: _profile, ...own } = process.env;
  return {
    ...own,
    GATEWAY_PORT: String(port),
    // Else it listens on all interfaces, and on 8883 too.
    BIND_HOST: '127.0.0.1',
    IOT_MTLS_ENABLED: '0',
    TMPDIR: place.temporary,
    STATE_DIR: `${place.temporary}/state`,
    S3_DATA_DIR: `${place.temporary}/s3`,
    // A warm Node takes some 70 MB: few at a time, and those that a burst leaves go soon.
    LAMBDA_ACCOUNT_CONCURRENCY: '16',
    LAMBDA_WARM_TTL_SECONDS: '20',
    PYTHONUNBUFFERED: '1',
  };
}
