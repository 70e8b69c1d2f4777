import { readFileSync } from 'node:fs';
import type { Embedded } from '#embedded/start-embedded';
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
    const { chart, created } = await server.operations.putChart(source);
    const { name, version } = chart;
    announce('chart', `Chart ${name}: version ${version}${created ? ' (new)' : ''}.`, { path, name, version, created });
    return chart;
  } catch (error) {
    if (!(error instanceof FlowbeatError)) throw error;
    throw new FlowbeatError(error.kind, error.code, `${path}: ${error.message}`, error.fields, error);
  }
}
