/** What one machine is right after installation: a whole cluster. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { chain } from '#test/requirements/charts';
import { Cluster, until } from '#test/support/cluster';

type LogEvent = { readonly flow: string; readonly type: string };

test('FF-5, XD-11, FX-28: one command in an empty folder is a cluster with one worker, inside the server, and a window of 30 s', async () => {
  await using cluster = new Cluster();
  expect(existsSync(cluster.file)).toBe(false);
  const server = await cluster.serve();
  const workers = await until('its worker is listed', async () => {
    const listed = await cluster.workers();
    return listed.length > 0 && listed;
  });
  expect(workers).toMatchObject([
    { kind: 'in-process', status: 'Connected', pid: server.pid, queues: expect.anything(), windowMs: 30_000 },
  ]);
  await cluster.put(chain('simple', [['Only', 'note']]));
  expect(await cluster.ended(await cluster.start('simple', 'first'))).toMatchObject({
    status: 'Succeeded',
    outcome: { output: { Only: { name: 'Only' } } },
  });
});

test('FX-5: a worker is told the state file and nothing else; the window and the queues it finds there', async () => {
  await using cluster = new Cluster();
  await cluster.serve('--no-worker', '--window', '+7s');
  await cluster.put(chain('early', [['Only', 'note']], 'queue: early'));
  cluster.launch('worker', '--file', cluster.file, '--handlers', cluster.handlers);
  expect(await cluster.ended(await cluster.start('early', 'one'))).toMatchObject({ status: 'Succeeded' });
  // It also pulls from a queue that a chart names later.
  await cluster.put(chain('late', [['Only', 'note']], 'queue: late'));
  expect(await cluster.ended(await cluster.start('late', 'one'))).toMatchObject({ status: 'Succeeded' });
  const [worker, ...more] = await cluster.workers();
  expect(more).toEqual([]);
  expect(worker).toMatchObject({ kind: 'local', status: 'Connected', windowMs: 7_000 });
});

test('FF-11, FX-17: one process or many, the same charts, commands, history, log and result', async () => {
  const chart = `name: same
definition:
  StartAt: One
  States:
    One: { Type: Task, Resource: "activity:tell", Parameters: { name: One }, ResultPath: $.One, Next: Which }
    Which:
      Type: Choice
      Choices: [{ Variable: $.given, NumericEquals: 1, Next: Each }]
      Default: Never
    Each:
      Type: Map
      ItemsPath: $.items
      MaxConcurrency: 2
      ItemProcessor:
        StartAt: Flaky
        States:
          Flaky: { Type: Task, Resource: "activity:flaky", Retry: [{ ErrorEquals: [States.ALL], IntervalSeconds: 1 }], End: true }
      ResultPath: $.each
      Next: Fork
    Fork:
      Type: Parallel
      Branches:
        - StartAt: Left
          States: { Left: { Type: Task, Resource: "activity:tell", Parameters: { name: Left }, End: true } }
        - StartAt: Wait
          States: { Wait: { Type: Wait, Seconds: 1, Next: Right }, Right: { Type: Pass, Result: 2, End: true } }
      ResultPath: $.fork
      End: true
    Never: { Type: Fail, Error: Never }
`;
  const see = async (cluster: Cluster) => {
    await cluster.put(chart);
    const run = await cluster.start('same', 'twin', { given: 1, items: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] });
    const { status, outcome } = await cluster.ended(run);
    // Of each flow by itself: which branch is ahead is a matter of luck.
    const history = (await cluster.history(run)).filter(({ type }) => !/^Flow/.test(type));
    const standard = Object.groupBy(history, ({ flow }) => flow);
    const { flows, log } = await cluster.json<{ flows: readonly { flow: string }[]; log: readonly LogEvent[] }>(
      ...['runs', 'show', run, '--log'],
    );
    return {
      status,
      outcome,
      standard: Object.entries(standard)
        .map(([flow, events = []]) => [flow, ...events.map(({ type }) => type)])
        .sort(),
      flows: flows.map((flow) => [flow.flow, ...Object.keys(flow).sort()]),
      log: log
        .map(({ flow, type, ...details }) => `${flow} ${type} ${/this is \w+/.exec(JSON.stringify(details))}`)
        .sort(),
    };
  };
  await using alone = new Cluster();
  await alone.serve();
  await using many = new Cluster();
  await many.serve('--no-worker');
  await Promise.all([many.worker('a'), many.worker('b'), many.worker('c')]);
  const seen = await see(many);
  expect(seen).toMatchObject({ status: 'Succeeded', outcome: { output: { fork: [{ name: 'Left' }, 2] } } });
  expect(seen.log).toHaveLength(2);
  expect(seen).toEqual(await see(alone));
});

test('XD-30, XD-32, XD-31, FX-35: killed and started again, the process proves that its predecessor is dead and goes on at once', async () => {
  await using cluster = new Cluster();
  // A window that nobody waits for.
  const first = await cluster.serve('--window', '+1h');
  await cluster.put(
    chain('long', [
      ['Before', 'note'],
      ['Steps', 'steps'],
    ]),
  );
  const run = await cluster.start('long', 'monday');
  await cluster.did('step', 'Steps');
  await expectSteps(cluster, 4);
  first.kill('SIGKILL');
  await first.ended;
  await cluster.serve('--window', '+1h');
  expect(await cluster.run(run)).toMatchObject({ status: 'Running', input: {} });
  cluster.open('Steps');
  expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });
  expect(await cluster.takeOvers(run)).toMatchObject([{ evidence: 'process', at: 'Steps' }]);
  // What was committed is not done again, what was checkpointed is not either.
  expect(cluster.journal().filter(({ name, what }) => name === 'Before' && what === 'done')).toHaveLength(1);
  expect(
    cluster
      .journal()
      .filter(({ what }) => what === 'began')
      .map(({ from }) => from),
  ).toEqual([0, 4]);
  expect(
    cluster
      .journal()
      .filter(({ what }) => what === 'step')
      .map(({ step }) => step),
  ).toEqual([1, 2, 3, 4, 5]);
});

test('FX-35: a process that cannot prove that its predecessor is dead waits the window before it takes anything up', async () => {
  await using cluster = new Cluster();
  const first = await cluster.serve('--window', '+3s');
  await cluster.put(chain('long', [['Hold', 'hold']]));
  const run = await cluster.start('long', 'monday');
  await cluster.did('began', 'Hold');
  // It is there and does nothing: as far as anybody can tell it might go on.
  first.kill('SIGSTOP');
  await cluster.serve('--window', '+3s');
  const last = (await cluster.workers()).find(({ pid }) => pid === first.pid);
  cluster.open('Hold');
  expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });
  const [record] = await cluster.takeOvers(run);
  expect(record).toMatchObject({ evidence: 'silence', at: 'Hold' });
  expect(Number(record?.when) - Date.parse(last?.beatAt ?? '')).toBeGreaterThanOrEqual(3_000);
});

async function expectSteps(cluster: Cluster, steps: number): Promise<void> {
  await expect
    .poll(() => cluster.journal().filter(({ what }) => what === 'step').length, { timeout: 20_000 })
    .toBe(steps);
}
