import type { ValidateOptions } from '#engine/chart/validate';
import type { ProblemError } from '#http/contract/problem';

/** Which charts are accepted: ours, or exactly what AWS accepts; and in whose words. */
export type Profile = NonNullable<ValidateOptions['profile']>;

/** What is checked for: whose charts, and in AWS's words of which type. */
export type Asked = Pick<ValidateOptions, 'profile' | 'type'>;

/** One mistake of a chart, or a warning, which has a `severity`; in AWS's words with the place that it names. */
export type ChartMistake = ProblemError & { readonly severity?: 'warning'; readonly location?: string };

/** What is known of a chart after it was checked: its name, or what is wrong with it; and what is probably not meant. */
export interface Checked {
  readonly name?: string;
  readonly errors: readonly ChartMistake[];
  readonly warnings: readonly ChartMistake[];
}

/** Checks the text of a chart. The engine is loaded only here: most commands need none, and start in half the time without it. */
export async function checkChart(source: string, name: string, asked: Asked = {}): Promise<Checked> {
  const { validateChart } = await import('#engine/chart/validate');
  const result = validateChart(source, { name, ...asked });
  const { warnings } = result;
  return result.ok ? { name: result.chart.name, errors: [], warnings } : { errors: result.errors, warnings };
}
