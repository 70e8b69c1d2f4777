import { readFileSync } from 'node:fs';
import type { Embedded } from '#embedded/start-embedded';
import { nameFromFile } from '#engine/chart/file-name';
import { parseText } from '#engine/chart/parse';
import { Problems } from '#engine/chart/problems';
import { isObject } from '#engine/json-values';
import { FlowbeatError, rejected } from '#ports/errors';
import type { ChartVersion } from '#ports/store';
import type { Announce } from '#workers/announce';

/** Stores a chart file and returns what is stored. Rejects with CHART_FILE_UNREADABLE, or CHART_INVALID with every error. */
export async function putChartFile(server: Embedded, path: string, announce: Announce): Promise<ChartVersion> {
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw rejected(
      'CHART_FILE_UNREADABLE',
      `The chart file ${path} cannot be read (${code}). Name another with --charts.`,
      {
        path,
      },
    );
  }
  try {
    const { chart, created } = await server.operations.putChart(
      source,
      saysName(source) ? undefined : nameFromFile(path),
    );
    const { name, version } = chart;
    announce('chart', `Chart ${name}: version ${version}${created ? ' (new)' : ''}.`, { path, name, version, created });
    return chart;
  } catch (error) {
    if (!(error instanceof FlowbeatError)) throw error;
    throw new FlowbeatError(error.kind, error.code, `${path}: ${error.message}`, error.fields, error);
  }
}

/** Whether a chart has a name, however wrong; one that cannot be read at all is told of as it is. */
function saysName(source: string): boolean {
  const chart = parseText(source, new Problems());
  return !isObject(chart) || (chart.name !== undefined && chart.definition !== undefined);
}
