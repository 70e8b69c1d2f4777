import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cli } from '#test/e2e/cli-process';
import { oneTask } from '#test/embedded/server';
import { TemporaryFolder } from '#test/support/temporary-folder';

test('dev stores a chart again when its file changes; a mistake in it is told and changes nothing', async () => {
  using folder = new TemporaryFolder();
  const chart = folder.file('chart.json');
  const write = (comment: string) =>
    writeFileSync(chart, JSON.stringify({ name: 'one', definition: { Comment: comment, ...oneTask('greet') } }));
  write('first');
  await using dev = cli('dev', '--port', '0', '--file', folder.file('state.db'), '--charts', chart);
  await dev.event('ready');
  expect(await dev.event('chart')).toMatchObject({ name: 'one', version: 1 });
  expect(await dev.event('handlersMissing')).toMatchObject({ name: 'one', missing: ['greet'] });
  write('second');
  await dev.event('chart', ({ version }) => version === 2);
  writeFileSync(chart, '{"name":"one","definition":{}}');
  expect((await dev.event('reloadFailed')).errors).not.toEqual([]);
  write('third');
  await dev.event('chart', ({ version }) => version === 3);
  expect(await dev.kill('SIGTERM')).toBe(0);
});
