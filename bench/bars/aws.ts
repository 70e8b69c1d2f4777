import { openRig } from '../aws/rig.ts';
import { alone, type Bar, type Result, type Setting } from '../bar.ts';
import { ACTIONS } from '../floor.ts';
import { CHAIN, INPUT } from '../runs.ts';

const BRANCHES = 1_000;

const MAP = JSON.stringify({
  name: 'map',
  definition: {
    StartAt: 'Each',
    States: {
      Each: {
        Type: 'Map',
        ItemsPath: '$.items',
        ItemProcessor: {
          StartAt: 'Work',
          States: { Work: { Type: 'Task', Resource: 'activity:work', End: true } },
        },
        ResultPath: null,
        End: true,
      },
    },
  },
});

/** What runs cost on DynamoDB and SQS, counted request by request by AWS's rules: start, claim, history, list and queue. */
export const aws: Bar = {
  name: 'aws',
  async measure({ tiny, say }: Setting): Promise<readonly Result[]> {
    await using bench = await openRig();
    await bench.operations.putChart(CHAIN);
    await bench.operations.putChart(MAP);
    await bench.work();
    // Once a day and queue, not once a run: the queue is made, the list's day is noted.
    await bench.count(() => bench.run('bench', 'first', INPUT));
    const results: Result[] = [];
    const tell = (what: string, unit: string, per: number, cost: Awaited<ReturnType<typeof bench.count>>) => {
      say(`${what}: ${cost.of}`);
      const text = 'everything included but beats and polls that bring nothing';
      const chain = unit === 'an action';
      const writes = { bar: chain ? 2 : 4, is: 'at most' } as const;
      results.push(
        alone(`${what}, writes`, `units ${unit}`, cost.writes / per, writes, `${text}${chain ? ' (stretch 1.6)' : ''}`),
      );
      const requests = chain ? ({ bar: 0.5, is: 'at most' } as const) : undefined;
      const stretch = chain ? ' (stretch 0.3)' : '';
      results.push(alone(`${what}, SQS`, `requests ${unit}`, cost.requests / per, requests, `${text}${stretch}`));
    };
    const one = await bench.count(() => bench.run('bench', 'one-0192f1c4-7a52-7d3c-9f0e', INPUT));
    tell('aws, one chain', 'an action', ACTIONS, one);
    const flight = tiny ? 5 : 100;
    const names = Array.from({ length: flight }, (_, i) => `0192f1c4-7a52-7d3c-9f0e-5b1c2d3e4${i}`);
    const many = await bench.count(() => Promise.all(names.map((name) => bench.run('bench', name, INPUT))));
    tell(`aws, ${flight} chains`, 'an action', ACTIONS * flight, many);
    const branches = tiny ? 20 : BRANCHES;
    const items = Array.from({ length: branches }, (_, n) => ({ n, ok: true }));
    const map = await bench.count(() => bench.run('map', '0192f1c4-7a52-7d3c-9f0e-5b1c2d3e', { items }));
    tell(`aws, map of ${branches}`, 'a branch', branches, map);
    return results;
  },
};
