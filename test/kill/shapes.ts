import type { Json } from '#engine/json';

/** A kind of run: its chart, and what a run of it on `n` must come to. */
export interface Shape {
  readonly name: string;
  readonly chart: string;
  output(n: number): Json;
}

const add = (by: number, next: string | undefined) => ({
  Type: 'Task',
  Resource: 'activity:add',
  Parameters: { 'n.$': '$.n', by },
  ResultPath: '$.n',
  ...(next === undefined ? { End: true } : { Next: next }),
});
const items = [0, 1, 2, 3, 4, 5];
const double = { StartAt: 'D', States: { D: { Type: 'Task', Resource: 'activity:double', End: true } } };
const named = (state: string, machine: { StartAt: string; States: object }): object =>
  JSON.parse(JSON.stringify(machine).replaceAll('"D"', `"${state}"`));

const shape = (name: string, StartAt: string, States: object, output: (n: number) => Json): Shape => ({
  name,
  chart: JSON.stringify({ name, definition: { StartAt, States } }),
  output,
});

/** One of each way in which a flow can move. */
export const shapes: readonly Shape[] = [
  shape('chain', 'A', { A: add(1, 'B'), B: add(2, 'C'), C: add(3, 'D'), D: add(4, undefined) }, (n) => ({
    n: n + 10,
    items,
  })),
  shape(
    'parallel',
    'P',
    {
      P: {
        Type: 'Parallel',
        InputPath: '$.n',
        Branches: [named('D1', double), named('D2', double), named('D3', double)],
        End: true,
      },
    },
    (n) => [2 * n, 2 * n, 2 * n],
  ),
  shape(
    'map',
    'M',
    {
      M: {
        Type: 'Map',
        ItemsPath: '$.items',
        MaxConcurrency: 3,
        ItemProcessor: named('D', double),
        ResultPath: '$.items',
        Next: 'A',
      },
      A: add(1, undefined),
    },
    (n) => ({ n: n + 1, items: [0, 2, 4, 6, 8, 10] }),
  ),
  shape(
    'retry',
    'U',
    {
      U: {
        Type: 'Task',
        Resource: 'activity:unsteady',
        InputPath: '$.n',
        Retry: [{ ErrorEquals: ['Unsteady'], IntervalSeconds: 1, MaxAttempts: 4, BackoffRate: 1 }],
        End: true,
      },
    },
    (n) => n + 1000,
  ),
  shape(
    'wait',
    'A',
    {
      A: add(1, 'W'),
      W: { Type: 'Wait', Seconds: 1, Next: 'B' },
      B: {
        Type: 'Choice',
        Choices: [{ Variable: '$.n', NumericGreaterThan: 50, Next: 'C' }],
        Default: 'D',
      },
      C: add(100, undefined),
      D: add(200, undefined),
    },
    (n) => ({ n: n + 1 + (n + 1 > 50 ? 100 : 200), items }),
  ),
];

/** What every shape's runs start on. */
export const inputOf = (n: number): Json => ({ n, items });
