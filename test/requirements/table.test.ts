import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const row = /^\| \**(?<id>[A-Z]+-\d+)\** \| [^|]+ \| (?<status>[^|]+) \| (?<shown>[^|]*) \|$/;
const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const rows = read('../../docs/requirements.md')
  .split('\n')
  .flatMap((line) => {
    const { id = '', status = '', shown = '' } = row.exec(line)?.groups ?? {};
    return id === '' ? [] : [{ id, status, shown }];
  });

/** The ids that each file's titles begin with: `'FF-5, XD-11: one command …'`. */
const titles = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => {
    const heads = [...read(file).matchAll(/'((?:[A-Z]+-\d+(?:, )?)+):/g)].map(([, ids = '']) => ids.split(', '));
    return { file, ids: new Set(heads.flat()) };
  });

test('the table has each row once, with a known status', () => {
  expect(rows.length).toBe(213);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(213);
  for (const { status } of rows) expect(['done', 'partly', 'not yet']).toContain(status);
});

test('a row that is done is named by a test here, and a row that such a test names is not "not yet"', () => {
  const tested = new Set(titles.flatMap(({ ids }) => [...ids]));
  expect(rows.filter(({ id, status }) => status === 'done' && !tested.has(id)).map(({ id }) => id)).toEqual([]);
  expect(rows.filter(({ id, status }) => status === 'not yet' && tested.has(id)).map(({ id }) => id)).toEqual([]);
});

test('the tests that a row names are there and carry its id', () => {
  for (const { id, shown } of rows) {
    for (const [, file] of shown.matchAll(/`([\w-]+\.test\.ts)`/g)) {
      expect(titles.find((each) => each.file === file)?.ids.has(id), `${file} names ${id}`).toBe(true);
    }
  }
});
