import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

const program = fileURLToPath(new URL('../../bin/flowbeat.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'flowbeat-program-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the real program as a user does. */
function flowbeat(...argv: string[]): Promise<{ exit: number | null; out: string; err: string }> {
  // A terminal of the developer must not colour what is compared.
  const { FLOWBEAT_SERVER: _, FORCE_COLOR: __, ...env } = process.env;
  const child = spawn(process.execPath, [program, ...argv], { cwd: folder, env });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text;
  });
  return new Promise((resolve) => child.on('close', (exit) => resolve({ exit, out, err })));
}

const chart = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return name;
};

const good = `
name: report
definition:
  StartAt: Extract
  States:
    Extract: { Type: Task, Resource: "activity:extract", Next: Done }
    Done: { Type: Succeed }
`;
const bad = good.replace('Next: Done', 'Next: Dnoe').replace('name: report', 'name: report\nqeue: gpu');

const commands = [
  'dev',
  'serve',
  'worker',
  'charts put',
  'charts list',
  'charts show',
  'charts delete',
  'charts validate',
  'charts test-state',
  'runs start',
  'runs list',
  'runs show',
  'runs watch',
  'runs history',
  'runs cancel',
  'runs redrive',
  'workers list',
  'validate',
  'demo',
];

test('the help lists the commands and the exit codes', async () => {
  const { exit, out } = await flowbeat('--help');
  expect(exit).toBe(0);
  for (const word of new Set(commands.map((one) => one.split(' ')[0])))
    expect(out).toMatch(new RegExp(`^  ${word}\\b`, 'm'));
  expect(out).toContain('Exit codes:');
});

describe.each(commands)('%s', (command) => {
  test('has a help with examples of itself', async () => {
    const { exit, out } = await flowbeat(...command.split(' '), '--help');
    expect(exit).toBe(0);
    expect(out.slice(out.indexOf('Examples:'))).toContain(`flowbeat ${command}`);
  });
});

test('an unknown command or option is exit code 2 and names the nearest one', async () => {
  const command = await flowbeat('rusn');
  expect([command.exit, command.out]).toEqual([2, '']);
  expect(command.err).toContain('Did you mean runs?');
  expect((await flowbeat('runs', 'list', '--limti', '3')).err).toContain('Did you mean --limit?');
});

test('validate needs no server, tells every mistake at once with its pointer and a suggestion, and ends with 2', async () => {
  const valid = await flowbeat('validate', chart('good.yaml', good));
  expect([valid.exit, valid.out, valid.err]).toEqual([0, 'valid  good.yaml  report\n', '']);
  const { exit, out } = await flowbeat('validate', 'good.yaml', chart('bad.yaml', bad));
  expect(exit).toBe(2);
  expect(out).toContain('/qeue: ');
  expect(out).toContain('/definition/States/Extract/Next: ');
  expect(out).toContain("did you mean 'Done'?");
});

test('charts validate is the same command', async () => {
  const file = chart('bad3.yaml', bad);
  const under = await flowbeat('charts', 'validate', file, '--profile', 'aws');
  expect(under.exit).toBe(2);
  expect(under).toEqual(await flowbeat('validate', file, '--profile', 'aws'));
});

test('validate --json is for programs', async () => {
  const { exit, out } = await flowbeat('validate', chart('bad2.yaml', bad), '--json');
  expect(exit).toBe(2);
  const { ok, files } = JSON.parse(out);
  expect([ok, files[0].file]).toEqual([false, 'bad2.yaml']);
  expect(files[0].errors.map((error: { pointer: string }) => error.pointer)).toContain('/qeue');
});

test('validate --profile aws refuses what Step Functions refuses', async () => {
  const { exit, out } = await flowbeat('validate', chart('ours.yaml', good), '--profile', 'aws');
  expect([exit, out.includes('/States/Extract/Resource')]).toEqual([2, true]);
  const text = good.replace('activity:extract', 'arn:aws:lambda:eu-central-1:123456789012:function:extract');
  expect((await flowbeat('validate', chart('aws.yaml', text), '--profile', 'aws')).exit).toBe(0);
});

test('validate --profile aws tells code, place and words of Step Functions, for people and for programs', async () => {
  const text = JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Pass', Next: 'B', Catch: [] } } });
  const { exit, out } = await flowbeat('validate', chart('loop.json', text), '--profile', 'aws');
  expect([exit, out.trimEnd().split('\n')]).toEqual([
    2,
    [
      'wrong  loop.json  3 mistakes',
      "  /States/A: SCHEMA_VALIDATION_FAILED: Field 'Catch' is not supported",
      "  /States/A/Next: MISSING_TRANSITION_TARGET: Missing 'Next' target: B",
      "      the states are 'A'",
      '  /States: MISSING_END_STATE: Workflow has no terminal state',
    ],
  ]);
  const { files } = JSON.parse((await flowbeat('validate', 'loop.json', '--profile', 'aws', '--json')).out);
  expect(files[0].errors[0]).toEqual({
    code: 'SCHEMA_VALIDATION_FAILED',
    pointer: '/States/A/Catch',
    location: '/States/A',
    message: "Field 'Catch' is not supported",
  });
  const activity = 'arn:aws:states:eu-central-1:123456789012:activity:a';
  const express = JSON.stringify({
    StartAt: 'A',
    States: { A: { Type: 'Task', Resource: activity, End: true } },
  });
  const asked = ['validate', chart('express.json', express), '--profile', 'aws', '--type'];
  expect((await flowbeat(...asked, 'standard')).exit).toBe(0);
  expect((await flowbeat(...asked, 'express')).out).toContain('Express state machine does not support Activity ARN');
});

test('validate tells warnings and refuses nothing for them', async () => {
  const rule = { Variable: '$.a', StringEquals: '$.b', Next: 'B' };
  const text = JSON.stringify({
    StartAt: 'A',
    States: { A: { Type: 'Choice', Choices: [rule] }, B: { Type: 'Succeed' } },
  });
  const { exit, out } = await flowbeat('validate', chart('warned.json', text));
  expect([exit, out.trimEnd().split('\n')]).toEqual([
    0,
    [
      'valid  warned.json  warned',
      "  /States/A/Choices/0/StringEquals: warning NO_PATH: '$.b' is taken as it is: a path stands in 'StringEqualsPath'.",
      "  /States/A: warning NO_DEFAULT: Where no rule applies the run fails with States.Runtime: there is no 'Default'.",
    ],
  ]);
  const { ok, files } = JSON.parse((await flowbeat('validate', 'warned.json', '--json')).out);
  const [{ errors, warnings }] = files;
  expect([ok, errors, warnings.map(({ severity }: { severity: string }) => severity)]).toEqual([
    true,
    [],
    ['warning', 'warning'],
  ]);
});

test('a chart with mistakes is refused before the server is asked, and a file that is not there by its name', async () => {
  const { exit, err } = await flowbeat('charts', 'put', chart('bad3.yaml', bad), '--server', 'http://127.0.0.1:1');
  expect(exit).toBe(2);
  expect(err).toContain('Nothing was stored.');
  expect(err).toContain('in bad3.yaml. Nothing was stored.\n  bad3.yaml /qeue: ');
  const json = await flowbeat('charts', 'put', 'bad3.yaml', 'none.yaml', '--json', '--server', 'http://127.0.0.1:1');
  const { errors } = JSON.parse(json.err).error;
  expect(errors.map(({ file }: { file: string }) => file)).toEqual(expect.arrayContaining(['bad3.yaml', 'none.yaml']));
});

test('a file that cannot be read is told among the mistakes, and the others are checked', async () => {
  mkdirSync(join(folder, 'dir.yaml'));
  const { exit, out } = await flowbeat('validate', 'dir.yaml', 'none.yaml', chart('good2.yaml', good));
  expect(exit).toBe(2);
  expect(out).toContain('dir.yaml is a directory');
  expect(out).toContain('There is no file none.yaml.');
  expect(out).toContain('valid  good2.yaml');
});

test('a stopped server is one sentence and exit code 3', async () => {
  const { exit, err } = await flowbeat('runs', 'list', '--server', 'http://127.0.0.1:1');
  expect(exit).toBe(3);
  expect(err).toMatch(/^error: No server answers at http:\/\/127\.0\.0\.1:1.*flowbeat dev/);
  expect(err.trim().split('\n')).toHaveLength(1);
});
