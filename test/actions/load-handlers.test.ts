import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActionRunner } from '#actions/action-runner';
import { realClock } from '#test/actions/support/calls';
import type { LoadReply, LoadRequest } from '#test/actions/support/native-loader';

const sdk = pathToFileURL(join(import.meta.dirname, '../../sdk/worker.ts')).href;
let folder = '';
let files = 0;
let loader: ChildProcess;
let died: Promise<[]>;
beforeAll(() => {
  loader = fork(join(import.meta.dirname, 'support/native-loader.ts'), { execArgv: [] });
  died = once(loader, 'exit').then(() => []);
  folder = mkdtempSync(join(tmpdir(), 'flowbeat-handlers-'));
});
afterAll(() => {
  loader.kill();
  rmSync(folder, { recursive: true, force: true });
});

function write(text: string, extension = '.ts', name = `handlers-${++files}`): string {
  const path = join(folder, name + extension);
  writeFileSync(path, text);
  return path;
}

async function ask(request: LoadRequest): Promise<LoadReply> {
  loader.send(request);
  const waiting = new AbortController();
  const message = once(loader, 'message', { signal: waiting.signal });
  const [reply] = await Promise.race([message, died]);
  waiting.abort();
  if (reply === undefined) throw new Error('The loader died.');
  return reply;
}

const load = (text: string, extension?: string) => ask({ path: write(text, extension) });
const output = async (path: string, name: string, input: number, fresh = false) =>
  (await ask({ path, name, input, fresh })).outcome;

describe('loadHandlers', () => {
  it('takes a default export of defineActivities, with types', async () => {
    const path = write(`import { defineActivities } from '${sdk}';
      const later: number = 1;
      export default defineActivities({ add: (n: number) => n + later, slow: { handler: () => 1, isolate: 'thread' } });
      export const helper = () => 2;`);
    expect((await ask({ path })).names).toEqual(['add', 'slow']);
    expect(await output(path, 'add', 1)).toEqual({ ok: true, output: 2 });
  });

  it('takes named exports, and leaves classes and constants alone', async () => {
    const loaded = await load(
      `export const limit = 3; export class Tool {} export async function work() {}
       export const heavy = { handler: () => 1, isolate: 'thread' };`,
      '.mjs',
    );
    expect(loaded.names).toEqual(['heavy', 'work']);
  });

  it('takes CommonJS', async () => {
    const loaded = await load('exports.work = () => 1;', '.cjs');
    expect(loaded.names).toEqual(['work']);
  });

  it('takes import statements though package.json says commonjs, as npm init writes it', async () => {
    const manifest = write('{ "type": "commonjs" }', '.json', 'package');
    try {
      write('export const step: number = 10;', '.ts', 'step');
      const path = write(`import { step } from './step.ts';\nexport const add = (n: number) => n + step;`);
      expect(await output(path, 'add', 1)).toEqual({ ok: true, output: 11 });
      const plain = write(`import { step } from './step.ts';\nexport const add = (n) => n + step;`, '.js');
      expect(await output(plain, 'add', 1)).toEqual({ ok: true, output: 11 });
    } finally {
      rmSync(manifest);
    }
  });

  it('reads a module and what it imports anew when asked for it fresh', async () => {
    const version = (n: number) => write(`export const step = ${n};`, '.mjs', 'version');
    version(1);
    const path = write(`import { step } from './version.mjs';\nexport const add = (n) => n + step;`, '.mjs');
    expect(await output(path, 'add', 0)).toEqual({ ok: true, output: 1 });
    version(2);
    expect(await output(path, 'add', 0)).toEqual({ ok: true, output: 1 });
    expect(await output(path, 'add', 0, true)).toEqual({ ok: true, output: 2 });
  });

  it('tells the places of a fresh module as files, without our mark', async () => {
    const path = write(`export const add = () => { throw new Error('no'); };`, '.mjs');
    const failed = JSON.stringify(await output(path, 'add', 0, true));
    expect(failed).toContain('.mjs:1:');
    expect(failed).not.toContain('flowbeat-load');
  });

  it.each([
    ['a file that is not there', () => ask({ path: join(folder, 'none.ts') }), /There is no handlers file .*none\.ts/],
    ['a folder', () => ask({ path: folder }), /is no file/],
    ['another kind of file', () => load('a: 1', '.yaml'), /must end in \.ts/],
    [
      'a syntax error',
      () => load('export const a = 1;\nexport const = 2;', '.mjs'),
      /SyntaxError.*handlers-\d+\.mjs:2/s,
    ],
    ['a syntax error in TypeScript', () => load('export const = 2;'), /SyntaxError.*handlers-\d+\.ts:1/s],
    ['an import that is not there', () => load(`import './gone.ts';`), /gone\.ts/],
    ['a module that throws', () => load(`throw new Error('no database');`), /no database/],
    ['a module without handlers', () => load('export const a = 1;'), /exports no handlers/],
    ['an entry that is no handler', () => load('export default { a: 1 };'), /"a" is neither/],
    ['an unknown isolation', () => load(`export const a = { handler() {}, isolate: 'planet' };`), /isolate: "planet"/],
    ['the name exec', () => load('export const exec = () => 1;'), /"exec" is the resource/],
  ])('refuses %s', async (_, attempt, message) => {
    expect((await attempt()).error).toEqual({
      kind: 'rejected',
      code: 'HANDLERS_INVALID',
      message: expect.stringMatching(message),
    });
  });

  it('refuses two handlers of one name, and a thread that could not find its module', () => {
    const twice = [{ a: () => 1 }, { a: () => 2 }];
    expect(() => createActionRunner({ activities: twice, clock: realClock })).toThrow(/Two handlers/);
    const loaded = ['a.ts', 'b.ts'].map((name) => ({
      activities: { a: () => 1 },
      module: `${pathToFileURL(join(folder, name))}?flowbeat-load=1`,
    }));
    expect(() => createActionRunner({ activities: loaded, clock: realClock })).toThrow(/a\.ts and .*b\.ts\)/);
    const isolated = { b: { handler: () => 1, isolate: 'thread' as const } };
    expect(() => createActionRunner({ activities: isolated, clock: realClock })).toThrow(/loadHandlers/);
  });
});
