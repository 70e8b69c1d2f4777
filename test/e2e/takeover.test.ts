import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { Scene } from '#test/e2e/scene';
import { oneTask } from '#test/embedded/server';

const WINDOW_MS = 1_200;

test('L1, L11, L12: a worker that was frozen past its window has its late commit refused and aborts its handlers', async () => {
  await using scene = await Scene.open();
  const { t, log, gate } = scene;
  const [frozen] = await scene.start(['frozen'], WINDOW_MS);
  const run = await t.run('gated', oneTask('gated'), { log, gate });
  await scene.deed(({ did }) => did === 'begin');
  frozen!.process.kill('SIGSTOP');
  const [other] = await scene.start(['other'], WINDOW_MS);
  await scene.deed(({ did, pid }) => did === 'begin' && pid === other!.pid);
  frozen!.process.kill('SIGCONT');
  // Whatever it does first after the thaw, what it was doing counts no more.
  await scene.deed(({ did, pid }) => did === 'abort' && pid === frozen!.pid);
  scene.openGate();
  const { outcome, flows } = await t.ended(run);
  expect(outcome).toEqual({ status: 'Succeeded', output: { pid: other!.pid } });
  const taken = (await t.history(run)).find(({ type }) => type === 'FlowTakenOver')?.flowTakenOverEventDetails;
  expect(taken).toMatchObject({
    fromWorker: 'frozen',
    evidence: 'silence',
    oldTerm: 2,
    term: 3,
    fromBreak: 0,
    at: 'Do',
  });
  expect(flows[0]?.seq).toBe(1);
  const keys = new Set(scene.deeds().map(({ key }) => key));
  expect(keys.size).toBe(1);
});

test('L1, L2: a killed worker is taken over by proof of its death, long before its window is over', async () => {
  await using scene = await Scene.open();
  const { t, log, gate } = scene;
  const window = 60_000;
  const [victim] = await scene.start(['victim'], window);
  const run = await t.run('gated', oneTask('gated'), { log, gate });
  await scene.deed(({ did }) => did === 'begin');
  const [heir] = await scene.start(['heir'], window);
  const killedAt = Date.now();
  await victim!.kill('SIGKILL');
  await scene.deed(({ did, pid }) => did === 'begin' && pid === heir!.pid);
  expect(Date.now() - killedAt).toBeLessThan(10_000);
  scene.openGate();
  await t.ended(run);
  const taken = (await t.history(run)).find(({ type }) => type === 'FlowTakenOver')?.flowTakenOverEventDetails;
  expect(taken).toMatchObject({ fromWorker: 'victim', evidence: 'process', oldTerm: 2, term: 3 });
});

test('while the brake is on nobody is condemned; once it is released, the dead are taken over from', async () => {
  await using scene = await Scene.open();
  const { t, log, gate } = scene;
  const { operations } = t.server;
  await operations.setBrake('Is it the network?');
  const [victim] = await scene.start(['victim'], WINDOW_MS);
  const run = await t.run('gated', oneTask('gated'), { log, gate });
  await scene.deed(({ did }) => did === 'begin');
  const [heir] = await scene.start(['heir'], WINDOW_MS);
  await victim!.kill('SIGKILL');
  // By proof it would be at once, by silence after a window.
  await new Promise((resolve) => setTimeout(resolve, 3 * WINDOW_MS));
  const workers = await operations.listWorkers();
  expect(workers.map(({ lease }) => [lease.worker, lease.condemned]).sort()).toEqual([
    ['heir', undefined],
    ['victim', undefined],
  ]);
  await operations.releaseBrake();
  await scene.deed(({ did, pid }) => did === 'begin' && pid === heir!.pid);
  scene.openGate();
  expect((await t.ended(run)).outcome).toEqual({ status: 'Succeeded', output: { pid: heir!.pid } });
});

test('a single process that was killed and started again reclaims at once, by proof', async () => {
  await using scene = await Scene.open();
  const { t, log, gate } = scene;
  const window = 60_000;
  const [first] = await scene.start(['only'], window);
  const run = await t.run('gated', oneTask('gated'), { log, gate });
  await scene.deed(({ did }) => did === 'begin');
  await first!.kill('SIGKILL');
  const [again] = await scene.start(['only'], window);
  await scene.deed(({ did, pid }) => did === 'begin' && pid === again!.pid);
  scene.openGate();
  expect((await t.ended(run)).outcome).toEqual({ status: 'Succeeded', output: { pid: again!.pid } });
});

test('L6: of what was done after the last break only the checkpoint survives a take-over', async () => {
  await using scene = await Scene.open();
  const { t, log, gate } = scene;
  const [victim] = await scene.start(['victim'], WINDOW_MS);
  const machine = {
    StartAt: 'Before',
    States: {
      Before: {
        Type: 'Task',
        Resource: 'activity:gated',
        Parameters: { 'log.$': '$.log' },
        ResultPath: '$.before',
        Next: 'Vars',
      },
      Vars: { Type: 'Pass', Assign: { lost: true }, Next: 'Save' },
      Save: { Type: 'Task', Resource: 'activity:saving', ResultPath: '$.save', End: true },
    },
  };
  const run = await t.run('saving', machine, { log, gate });
  await scene.deed(({ did }) => did === 'saved');
  await victim!.kill('SIGKILL');
  await scene.start(['heir'], WINDOW_MS);
  await scene.deed(({ did, found }) => did === 'saved' && found === 1);
  scene.openGate();
  const { outcome } = await t.ended(run);
  // The first action was committed by the victim and is not repeated; the second found what was saved.
  expect(outcome).toMatchObject({ status: 'Succeeded', output: { before: { pid: victim!.pid }, save: { found: 1 } } });
  expect(scene.deeds().filter(({ did }) => did === 'begin')).toHaveLength(1);
});

test("L7, L3: a flow that waits is nobody's, so the death of the worker that began it takes nothing over", async () => {
  await using scene = await Scene.open();
  const { t, log } = scene;
  const [victim] = await scene.start(['victim'], WINDOW_MS);
  const machine = {
    StartAt: 'Wait',
    States: {
      Wait: { Type: 'Wait', Seconds: 2, Next: 'Do' },
      Do: { Type: 'Task', Resource: 'activity:gated', End: true },
    },
  };
  const run = await t.run('waiting', machine, { log });
  const waiting = await t.until(run, ({ flows }) => flows[0]?.status === 'Waiting');
  expect(waiting.flows[0]?.owner).toBeUndefined();
  await victim!.kill('SIGKILL');
  await scene.start(['heir'], WINDOW_MS);
  const { flows } = await t.ended(run);
  expect((await t.history(run)).map(({ type }) => type)).not.toContain('FlowTakenOver');
  // Start 1, claim, release to wait, claim, end.
  expect(flows[0]?.term).toBe(5);
  const db = new DatabaseSync(t.file, { readOnly: true });
  const { term, status } = db.prepare('SELECT term, status FROM flows WHERE id = ?').get(run) as {
    term: number;
    status: string;
  };
  db.close();
  expect({ term, status }).toEqual({ term: 5, status: 'Succeeded' });
});
