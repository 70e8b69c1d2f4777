import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { commandLine } from './command-line.ts';

const chart = `
name: report
definition:
  StartAt: Check
  States:
    Check: { Type: Choice, Choices: [{ Variable: $.rows, NumericGreaterThanPath: $most, Next: Render }], Default: Done }
    Render: { Type: Task, Resource: "activity:render", Retry: [{ ErrorEquals: [States.ALL], MaxAttempts: 1 }], Next: Done }
    Done: { Type: Succeed }
`;

/** `charts test-state` of a file with this text, without a server. */
function tester(text = chart, stdin = '') {
  const folder = mkdtempSync(join(tmpdir(), 'flowbeat-test-state-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'report.yaml');
  writeFileSync(file, text);
  writeFileSync(join(folder, 'input.json'), '{"rows":3}');
  const { run } = commandLine({
    readStdin: async () => stdin,
    fetch: () => Promise.reject(new Error('there is no server')),
  });
  const call = (...argv: string[]) => run('charts', 'test-state', file, ...argv);
  return { call, folder, file };
}

test('a state is tested without a server, its values given in each way', async () => {
  const { call, folder } = tester(chart, '{"rows":3}');
  for (const input of ['{"rows":3}', `@${join(folder, 'input.json')}`, join(folder, 'input.json'), '-']) {
    const { exit, out } = await call('--state', 'Check', '--input', input, '--variables', '{"most":2}', '--json');
    expect([exit, JSON.parse(out)]).toEqual([0, { status: 'SUCCEEDED', output: { rows: 3 }, nextState: 'Render' }]);
  }
});

test('people see a line for each value on the way', async () => {
  const { call } = tester();
  const { exit, plain } = await call(
    ...['--state', 'Render', '--mock', '{"result":{"pages":7}}', '--inspection-level', 'DEBUG'],
  );
  expect(exit).toBe(0);
  expect(plain).toMatch(/^status +SUCCEEDED\nnext +Done\noutput +{"pages":7}\ninput +{}\nafterInputPath +{}\n/);
});

test('a state that fails ends with exit code 1, one that would be tried again with 0', async () => {
  const { call } = tester();
  const mock = ['--state', 'Render', '--mock', '{"errorOutput":{"error":"Boo","cause":"why"}}', '--json'];
  const tried = await call(...mock);
  expect([tried.exit, JSON.parse(tried.out)]).toEqual([0, { status: 'RETRIABLE', error: 'Boo', cause: 'why' }]);
  const failed = await call(...mock, '--state-configuration', '{"retrierRetryCount":1}');
  expect([failed.exit, JSON.parse(failed.out)]).toEqual([1, { status: 'FAILED', error: 'Boo', cause: 'why' }]);
});

test.each([
  [[], '--state: The definition is a chart: name the state to test.'],
  [['--state', 'Rendr'], "did you mean 'Render'?"],
  [['--state', 'Render'], 'Give a mock'],
  [['--state', 'Render', '--mock', '{"reslt":1}'], '--mock'],
  [['--state', 'Render', '--mock', '{"result":'], 'The value from --mock is not JSON'],
  [['--state', 'Check', '--context', '{}'], '--context'],
  [
    ['--state', 'Render', '--mock', '{"result":1}', '--state-configuration', '{"retrierRetryCount":-1}'],
    '--state-configuration',
  ],
])('%j is refused with exit code 2', async (argv, said) => {
  const { exit, out, err } = await tester().call(...argv);
  expect([exit, out]).toEqual([2, '']);
  expect(err).toContain(said);
});

test('a mistake in the file is told with its place there', async () => {
  const { call, file } = tester('Type: Pass\nEnde: true\nEnd: true\n');
  const { exit, err } = await call('--json');
  expect(exit).toBe(2);
  expect(JSON.parse(err).error).toMatchObject({
    code: 'TEST_REFUSED',
    errors: [{ file, pointer: '/Ende', code: 'UNKNOWN_FIELD' }],
  });
});
