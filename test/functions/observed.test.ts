import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { installationEnv } from '#functions/env';
import { observed } from '#functions/observed';
import type { Telemetry } from '#ports/telemetry';
import { lambdaContext } from '#test/functions/lambda-context';

const ENVIRONMENT = {
  FLOWBEAT_NAME: 'acme',
  FLOWBEAT_TABLE: 'acme-table',
  FLOWBEAT_QUEUE_PREFIX: 'acme',
  FLOWBEAT_WINDOW_MS: '30000',
};

interface Line {
  readonly level?: string;
  readonly message?: string;
  readonly service?: string;
  readonly function_request_id?: string;
  readonly _aws?: unknown;
  readonly [field: string]: unknown;
}

let lines: Line[];

beforeEach(() => {
  lines = [];
  for (const [name, value] of Object.entries(ENVIRONMENT)) vi.stubEnv(name, value);
  // Powertools writes by consoles of its own, which Lambda reads from there.
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((chunk) => lines.push(JSON.parse(String(chunk))) > 0);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const telling = (tell: (telemetry: Telemetry) => void) =>
  observed({
    name: 'advance',
    env: installationEnv,
    open: async (_env, telemetry) => telemetry,
    handle: async (telemetry) => tell(telemetry),
  });

test('what somebody may have to act on is a line with the ids of the call, and a metric of the installation', async () => {
  const context = lambdaContext('advance');
  await telling((telemetry) => telemetry.event('takenOver', { flow: 'a:b', message: 'm', status: 'Parked' }))(
    {},
    context,
  );
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatchObject({
    level: 'WARN',
    message: 'takenOver',
    service: 'advance',
    installation: 'acme',
    function_request_id: context.awsRequestId,
    event: { flow: 'a:b', message: 'm' },
  });
  expect(lines[1]).toMatchObject({ service: 'acme', TakeOvers: 1, FlowsParked: 1 });
});

test('what goes as it should writes no line at all', async () => {
  await telling((telemetry) => {
    for (const name of ['claimed', 'released', 'ended', 'message.delete']) telemetry.event(name, {});
    telemetry.event('census', { looked: 1_000, queued: 0, due: 0, owned: 0, children: 0, ended: 0 });
  })({}, lambdaContext('advance'));
  expect(lines).toEqual([]);
});

test('a census tells of what it found, not of what it looked at', async () => {
  const found = { looked: 1_000, queued: 2, due: 0, owned: 1, children: 0, ended: 0 };
  await telling((telemetry) => telemetry.event('census', found))({}, lambdaContext('sweeper'));
  expect(lines).toEqual([
    expect.objectContaining({ message: 'census', event: found }),
    expect.objectContaining({ FlowsLeftBehind: 3 }),
  ]);
});

test('it is opened once for all calls, and once more after a failed opening', async () => {
  let openings = 0;
  const handler = observed({
    name: 'tick',
    env: installationEnv,
    async open({ FLOWBEAT_WINDOW_MS }) {
      if (++openings === 1) throw new Error('no table yet');
      return FLOWBEAT_WINDOW_MS;
    },
    handle: async (windowMs, event: { n: number }) => windowMs + event.n,
  });
  await expect(handler({ n: 1 }, lambdaContext('tick'))).rejects.toThrow('no table yet');
  expect(lines[0]).toMatchObject({ level: 'ERROR', message: 'callFailed', event: { message: 'Error: no table yet' } });
  expect(lines[1]).toMatchObject({ Failures: 1 });
  expect(await handler({ n: 2 }, lambdaContext('tick'))).toBe(30_002);
  expect(await handler({ n: 3 }, lambdaContext('tick'))).toBe(30_003);
  expect(openings).toBe(2);
});

test('a bad environment is refused in a sentence that names the variable, by each call', async () => {
  vi.stubEnv('FLOWBEAT_WINDOW_MS', 'soon');
  const handler = telling(() => {});
  await expect(handler({}, lambdaContext('advance'))).rejects.toMatchObject({
    code: 'ENVIRONMENT_INVALID',
    message: expect.stringMatching(
      /^The environment of the function advance does not do: FLOWBEAT_WINDOW_MS \(.+\)\.$/,
    ),
  });
  vi.stubEnv('FLOWBEAT_WINDOW_MS', '1000');
  await handler({}, lambdaContext('advance'));
});
