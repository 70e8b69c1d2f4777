import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkChart } from '#cli/chart-validator';

const page = readFileSync(new URL('../../docs/charts.md', import.meta.url), 'utf8');
const charts = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, source = '']) => source);

test.each([
  ['nightly-report', charts[0]],
  ['order', charts[1]],
])('the chart %s that the documentation shows is valid', async (name, source = '') => {
  expect(await checkChart(source, 'charts')).toMatchObject({ name, errors: [] });
});
