import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { putChartFile } from '#embedded/put-chart-file';
import { startEmbedded } from '#embedded/start-embedded';
import { TemporaryFolder } from '#test/support/temporary-folder';

test('a chart file that says no name has its own; a name that is wrong is told of', async () => {
  using folder = new TemporaryFolder();
  const server = await startEmbedded({ file: folder.file('state.db'), api: false });
  const put = (file: string, chart: object) => {
    writeFileSync(folder.file(file), JSON.stringify(chart));
    return putChartFile(server, folder.file(file), () => {});
  };
  const definition = { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } };
  try {
    expect(await put('nightly.asl.json', definition)).toMatchObject({ name: 'nightly', version: 1 });
    expect(await put('envelope.json', { definition })).toMatchObject({ name: 'envelope' });
    expect(await put('other.json', { name: 'mine', definition })).toMatchObject({ name: 'mine' });
    await expect(put('bad.json', { name: 7, definition })).rejects.toMatchObject({ code: 'CHART_INVALID' });
  } finally {
    await server.stop(0);
  }
});
