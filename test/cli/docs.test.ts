import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkChart } from '#cli/chart-validator';

test('the chart that the documentation shows is valid', async () => {
  const page = readFileSync(new URL('../../docs/charts.md', import.meta.url), 'utf8');
  const [, source = ''] = /```yaml\n(.*?)```/s.exec(page) ?? [];
  expect(await checkChart(source, 'charts', 'flowbeat')).toEqual({ name: 'nightly-report', errors: [] });
});
