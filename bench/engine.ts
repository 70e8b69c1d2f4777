/**
 * What the engine alone costs: microseconds of `decide` an action on a plain chain of ten Tasks, of a transition in a Pass loop, and of
 * compiling 10,000 states. It measures neither store nor queue nor handler. `node bench/engine.ts [--json]`
 */
import { compileChart } from '#engine/chart/compile';
import { validateChart } from '#engine/chart/validate';
import { decide, startPosition } from '#engine/decide';
import type { DecideOptions } from '#engine/flow';
import type { Json } from '#engine/json';
import { epoch } from '#engine/time';

const chartOf = (definition: Json) => {
  const validated = validateChart(definition, { name: 'bench' });
  if (!validated.ok) throw new Error(JSON.stringify(validated.errors));
  return compileChart(validated.chart, 1);
};

const chain = (length: number, more: { readonly [field: string]: Json } = {}): Json => ({
  StartAt: 'S0',
  States: Object.fromEntries(
    Array.from({ length }, (_, i) => [
      `S${i}`,
      {
        Type: 'Task',
        Resource: 'activity:work',
        ...more,
        ...(i === length - 1 ? { End: true } : { Next: `S${i + 1}` }),
      },
    ]),
  ),
});

const options: DecideOptions = {
  now: epoch(1_700_000_000_000),
  seed: 'flow-1',
  run: { run: 'r', name: 'r', chart: 'bench', version: 1, startedAt: epoch(0), input: null },
  token: () => 'token',
};

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] as number;

/** Microseconds a unit of work, the median of seven rounds after a warm-up. */
const measure = (units: number, work: () => void): number => {
  work();
  const rounds = Array.from({ length: 7 }, () => {
    const start = performance.now();
    work();
    return ((performance.now() - start) * 1000) / units;
  });
  return median(rounds);
};

const runs = 20_000;
const runChain = (definition: Json, encode: boolean) => {
  const chart = chartOf(definition);
  const output = { ok: true, count: 3 };
  let bytes = 0;
  return () => {
    for (let i = 0; i < runs; i++) {
      let decision = decide(chart, startPosition(chart, output, options.now), { type: 'go' }, options);
      while (decision.next.do === 'act') {
        decision = decide(chart, decision.position, { type: 'completed', output }, options);
        if (encode) bytes += JSON.stringify(decision.position).length + JSON.stringify(decision.facts).length;
      }
    }
    return bytes;
  };
};

const loop = chartOf({
  StartAt: 'Add',
  States: {
    Add: { Type: 'Pass', Parameters: { 'n.$': 'States.MathAdd($.n, 1)' }, Next: 'Enough' },
    Enough: {
      Type: 'Choice',
      Choices: [{ Variable: '$.n', NumericGreaterThan: 50_000, Next: 'Done' }],
      Default: 'Add',
    },
    Done: { Type: 'Succeed' },
  },
});
const runLoop = () => {
  let decision = decide(loop, startPosition(loop, { n: 0 }, options.now), { type: 'go' }, options);
  while (decision.next.do === 'go') decision = decide(loop, decision.position, { type: 'go' }, options);
};

const big = chain(10_000, { Retry: [{ ErrorEquals: ['States.ALL'] }], Parameters: { 'a.$': '$.a.b' } });
const results = [
  { name: 'decide, plain 10-Task chain', unit: 'us/action', value: measure(runs * 10, runChain(chain(10), false)) },
  {
    name: 'decide and JSON of position and facts',
    unit: 'us/action',
    value: measure(runs * 10, runChain(chain(10), true)),
  },
  {
    name: 'decide, Tasks with Parameters and ResultPath',
    unit: 'us/action',
    value: measure(runs * 10, runChain(chain(10, { Parameters: { 'x.$': '$.count' }, ResultPath: '$.last' }), false)),
  },
  { name: 'Pass and Choice loop', unit: 'us/transition', value: measure(100_000, runLoop) },
  { name: 'validate and compile 10,000 states', unit: 'ms', value: measure(1000, () => void chartOf(big)) },
];
if (process.argv.includes('--json')) console.log(JSON.stringify({ results }));
else for (const { name, unit, value } of results) console.log(`${name.padEnd(48)} ${value.toFixed(3)} ${unit}`);
