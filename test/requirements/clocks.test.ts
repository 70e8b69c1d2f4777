/** Processes whose wall clocks differ by twenty minutes, on one state file. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { chain, fork } from '#test/requirements/charts';
import { Cluster, until } from '#test/support/cluster';

const OFF_MS = 10 * 60_000;
const CLOCK_OFF = fileURLToPath(new URL('../support/clock-off.ts', import.meta.url));

/** What is started from now on has a clock that is off by so much. */
function clockOff(cluster: Cluster, ms: number): void {
  Object.assign(cluster.environment, { NODE_OPTIONS: `--import=${CLOCK_OFF}`, CLOCK_OFF_MS: String(ms) });
}

/** A cluster whose server is ten minutes behind. */
async function behind(window = '+3s'): Promise<Cluster> {
  const cluster = new Cluster();
  clockOff(cluster, -OFF_MS);
  await cluster.serve('--no-worker', '--window', window);
  return cluster;
}

test('FX-33: workers whose clocks differ by far more than a window take each other for alive', async () => {
  await using cluster = await behind('+6s');
  await cluster.worker('behind');
  clockOff(cluster, OFF_MS);
  await cluster.worker('ahead');
  const before = await cluster.workers();
  // Runs whose flows and messages both of them write.
  await cluster.put(fork('fork', ['A', 'B', 'C', 'D'], 'note'));
  for (const name of ['one', 'two', 'three'])
    expect(await cluster.ended(await cluster.start('fork', name))).toMatchObject({ status: 'Succeeded' });
  expect(cluster.journal()).toHaveLength(12);
  const after = await until('each has beaten for two windows', async () => {
    const now = await cluster.workers();
    return now.every(({ beat }, i) => beat >= (before[i]?.beat ?? 0) + 9) && now;
  });
  const told = ({ incarnation, status }: (typeof after)[number]) => `${incarnation} ${status}`;
  expect(after.map(told)).toEqual(before.map(told));
  expect(after.map(({ status }) => status)).toEqual(['Connected', 'Connected']);
  // It was so all the while, in the threads that beat too.
  const off = (name: string) => Date.parse(after.find(({ worker }) => worker === name)?.beatAt ?? '') - Date.now();
  expect(off('ahead')).toBeGreaterThan(OFF_MS / 2);
  expect(off('behind')).toBeLessThan(-OFF_MS / 2);
});

test('FX-33: one that is frozen or killed is taken over as ever, whichever clock is ahead', async () => {
  await using cluster = await behind();
  await cluster.put(
    chain('long', [
      ['Before', 'note'],
      ['Hold', 'hold'],
      ['After', 'note'],
    ]),
  );
  clockOff(cluster, OFF_MS);
  const ahead = await cluster.worker('ahead');
  const run = await cluster.start('long', 'one');
  await cluster.did('began', 'Hold');
  clockOff(cluster, -OFF_MS);
  const late = await cluster.worker('behind');
  process.kill(ahead.pid, 'SIGSTOP');
  const frozenAt = performance.now();
  const begun = (pid: number) =>
    until('the action begins again', () =>
      cluster.journal().some((entry) => entry.what === 'began' && entry.pid === pid),
    );
  await begun(late.pid);
  // Its last beat was at most a third of a window ago when it froze.
  expect(performance.now() - frozenAt).toBeGreaterThan((3_000 * 2) / 3);
  clockOff(cluster, OFF_MS);
  const again = await cluster.worker('ahead-again');
  process.kill(late.pid, 'SIGKILL');
  await begun(again.pid);
  cluster.open('Hold');
  expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });
  expect(await cluster.takeOvers(run)).toMatchObject([
    { fromWorker: 'ahead', evidence: 'silence', at: 'Hold' },
    { fromWorker: 'behind', evidence: 'process', at: 'Hold' },
  ]);
  expect(
    cluster
      .journal()
      .filter(({ name }) => name !== 'Hold')
      .map(({ name }) => name),
  ).toEqual(['Before', 'After']);
  // What is told of the run never goes back in time, though its owners' clocks did.
  const times = (await cluster.history(run)).map(({ timestamp }) => timestamp);
  expect(times).toEqual([...times].sort());
});

test.each([
  ['ahead', OFF_MS],
  ['behind', -OFF_MS],
])('FX-33: a wait on workers whose clocks are %s is as long as it says', async (name, offMs) => {
  await using cluster = await behind();
  clockOff(cluster, offMs);
  await cluster.worker(name, '--queue', 'own');
  // Twenty minutes away, and perhaps the controller.
  clockOff(cluster, -offMs);
  await cluster.worker('another', '--queue', 'elsewhere');
  await cluster.put(`name: waits
queue: own
definition:
  StartAt: Wait
  States:
    Wait: { Type: Wait, Seconds: 3, Next: After }
    After: { Type: Task, Resource: "activity:note", End: true }
`);
  const startedAt = performance.now();
  const run = await cluster.start('waits', 'one');
  expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(3_000);
  const at = new Map((await cluster.history(run)).map(({ type, timestamp }) => [type, Date.parse(timestamp)]));
  expect((at.get('WaitStateExited') ?? 0) - (at.get('WaitStateEntered') ?? 0)).toBeGreaterThanOrEqual(3_000);
});
