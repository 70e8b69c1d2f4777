import { basename } from 'node:path';
import type { Json } from '#engine/json';
import type { ProblemError } from '#http/contract/problem';

/** Which charts are accepted: ours, or exactly what AWS accepts. */
export type Profile = 'flowbeat' | 'aws';

/** What is known of a chart after it was checked: its name, or what is wrong with it. */
export interface Checked {
  readonly name?: string;
  readonly errors: readonly ProblemError[];
}

/** Checks the text of a chart. The engine is loaded only here: most commands need none, and start in half the time without it. */
export async function checkChart(source: string, name: string, profile: Profile): Promise<Checked> {
  const { validateChart } = await import('#engine/chart/validate');
  const result = validateChart(source, { name, allowUnsupported: profile === 'aws' });
  if (!result.ok) return { errors: result.errors };
  const { chart } = result;
  const foreign = profile === 'aws' ? notAws(chart.definition, '') : [];
  return foreign.length > 0 ? { errors: foreign } : { name: chart.name, errors: [] };
}

/** The name of a chart whose file does not say one: the file's own, `nightly-report.asl.json` -> `nightly-report`. */
export const nameFromFile = (file: string): string => basename(file).replace(/(\.asl)?\.\w+$/, '');

/** Resources of our own, which Step Functions refuses. The pointers start at the state machine, which is all that it takes. */
function notAws(value: Json | undefined, pointer: string): ProblemError[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]): ProblemError[] => {
    const at = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (key !== 'Resource' || typeof inner !== 'string') return STATE_DATA.has(key) ? [] : notAws(inner, at);
    if (inner.startsWith('arn:')) return [];
    const message = `Step Functions has no resource "${inner}".`;
    return [
      {
        code: 'UNKNOWN_RESOURCE',
        pointer: at,
        message,
        suggestion: 'Write the ARN of an activity, a function or an integration.',
      },
    ];
  });
}

/** Fields of a state that hold values of its author's, in which `Resource` means nothing. */
const STATE_DATA = new Set([
  'Parameters',
  'ResultSelector',
  'Result',
  'Assign',
  'ItemSelector',
  'Arguments',
  'Output',
  'Items',
]);
