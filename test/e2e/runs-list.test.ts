import { expect, test } from 'vitest';
import type { RunPage } from '#http/contract/run';
import { Cluster } from '#test/support/cluster';

const chart = `name: heals
definition:
  StartAt: Check
  States:
    Check: { Type: Task, Resource: exec, Parameters: { command: test, args: ["-e", "open-Check"] }, Next: Hold }
    Hold: { Type: Task, Resource: "activity:hold", Parameters: { name: Hold }, End: true }
`;

test('a run that failed and is redriven is listed as running, then as succeeded, and as failed no more', async () => {
  await using cluster = new Cluster();
  await cluster.serve();
  await cluster.put(chart);
  const run = await cluster.start('heals', 'one');
  expect(await cluster.ended(run)).toMatchObject({ status: 'Failed' });
  /** The statuses under which both surfaces list it. */
  const listedUnder = async (): Promise<string[]> => {
    const under: string[] = [];
    for (const status of ['Running', 'Failed', 'Succeeded']) {
      const page = await cluster.get<RunPage>(`/v1/runs?status=${status}`);
      expect(await cluster.json<RunPage>('runs', 'list', '--status', status)).toEqual(page);
      for (const item of page.items) {
        expect(item).toMatchObject({ run, status });
        under.push(status);
      }
    }
    return under;
  };
  expect(await listedUnder()).toEqual(['Failed']);

  cluster.open('Check');
  expect((await cluster.command('runs', 'redrive', run)).code).toBe(0);
  await cluster.did('began', 'Hold');
  expect(await listedUnder()).toEqual(['Running']);

  cluster.open('Hold');
  expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded', redrives: 1 });
  expect(await listedUnder()).toEqual(['Succeeded']);
});
