import jsonata from 'jsonata';
import { compileChart } from '#engine/chart/compile';
import { validateChart } from '#engine/chart/validate';
import { decide, startPosition } from '#engine/decide';
import type { DecideOptions } from '#engine/flow';
import type { Json } from '#engine/json';
import { compileJsonata } from '#engine/jsonata/jsonata';
import { epoch } from '#engine/time';
import { alone, type Bar, compared, median } from '../bar.ts';

/** A Pass that counts and a Choice that sends it back, in each query language. */
const loops: { readonly [language: string]: Json } = {
  JSONPath: {
    StartAt: 'Count',
    States: {
      Count: { Type: 'Pass', Parameters: { 'n.$': 'States.MathAdd($.n, 1)' }, Next: 'More' },
      More: { Type: 'Choice', Choices: [{ Variable: '$.n', NumericLessThan: 1e12, Next: 'Count' }], Default: 'Done' },
      Done: { Type: 'Succeed' },
    },
  },
  JSONata: {
    QueryLanguage: 'JSONata',
    StartAt: 'Count',
    States: {
      Count: { Type: 'Pass', Output: { n: '{% $states.input.n + 1 %}' }, Next: 'More' },
      More: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input.n < 1000000000000 %}', Next: 'Count' }],
        Default: 'Done',
      },
      Done: { Type: 'Succeed' },
    },
  },
};

const options: DecideOptions = {
  now: epoch(1_700_000_000_000),
  seed: 'flow-1',
  run: { run: 'r', name: 'r', chart: 'bench', version: 1, startedAt: epoch(0), input: null },
  token: () => 'token',
};

/** Seconds of this process's processor time, on whichever core. */
const processorSeconds = (): number => process.cpuUsage().user / 1e6;

const transitionsPerSecond = (definition: Json, count: number): number => {
  const validated = validateChart(definition, { name: 'bench' });
  if (!validated.ok) throw new Error(JSON.stringify(validated.errors));
  const chart = compileChart(validated.chart, 1);
  let position = startPosition(chart, { n: 0 }, options.now);
  const start = processorSeconds();
  while (position.step < count) ({ position } = decide(chart, position, { type: 'go' }, options));
  return position.step / (processorSeconds() - start);
};

/** How fast charts run without store or queue, and a trivial expression beside the `jsonata` package's own evaluator. */
export const language: Bar = {
  name: 'language',
  async measure({ rounds, tiny }) {
    const count = tiny ? 1_000 : 2_000_000;
    const times: { [name: string]: number[] } = { JSONPath: [], JSONata: [] };
    const expressions: { ours: number; floor: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const [name, definition] of Object.entries(loops))
        times[name]?.push(transitionsPerSecond(definition, count));
      expressions.push({ ours: ourExpressions(count), floor: await theirExpressions(count / 50) });
    }
    const loop = 'transitions of a Pass and Choice loop a second of processor time, decided alone';
    return [
      alone('language, JSONPath', '1/s', median(times.JSONPath ?? []), { bar: 300_000, is: 'at least' }, loop),
      alone('language, JSONata', '1/s', median(times.JSONata ?? []), { bar: 150_000, is: 'at least' }, loop),
      compared('language, expression', '1/s', expressions, undefined, '`a + 1`; the floor is the `jsonata` package'),
    ];
  },
};

const ourExpressions = (count: number): number => {
  const expression = compileJsonata('a + 1');
  const host = { now: () => 0, random: () => 0 };
  const start = processorSeconds();
  for (let i = 0; i < count; i++) expression.evaluate({ a: i }, host);
  return count / (processorSeconds() - start);
};

const theirExpressions = async (count: number): Promise<number> => {
  const expression = jsonata('a + 1');
  const start = processorSeconds();
  for (let i = 0; i < count; i++) await expression.evaluate({ a: i });
  return count / (processorSeconds() - start);
};
