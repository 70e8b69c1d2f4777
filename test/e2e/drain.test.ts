import { expect, test } from 'vitest';
import { Scene } from '#test/e2e/scene';
import { oneTask } from '#test/embedded/server';

const WINDOW_MS = 60_000;

test('L8: SIGTERM lets the running action finish, takes the lease away and exits with 0', async () => {
  await using scene = await Scene.open();
  const { t, log, gate } = scene;
  const [worker] = await scene.start(['one'], WINDOW_MS);
  const run = await t.run('gated', oneTask('gated'), { log, gate });
  await scene.deed(({ did }) => did === 'begin');
  worker!.process.kill('SIGTERM');
  // What is started now is not claimed by it any more.
  const later = await t.run('later', oneTask('gated'), { log });
  scene.openGate();
  expect(await worker!.ended).toBe(0);
  expect((await t.ended(run)).outcome).toEqual({ status: 'Succeeded', output: { pid: worker!.pid } });
  expect(await t.server.operations.listWorkers()).toEqual([]);
  expect((await t.server.operations.showRun(later)).flows[0]).toMatchObject({ status: 'Queued', term: 1 });
});

test('a second SIGTERM stops at once; the run goes on elsewhere', async () => {
  await using scene = await Scene.open();
  const { t, log, gate } = scene;
  const [worker] = await scene.start(['one'], WINDOW_MS);
  const run = await t.run('gated', oneTask('gated'), { log, gate });
  await scene.deed(({ did }) => did === 'begin');
  worker!.process.kill('SIGTERM');
  // Two signals within half a second count as one.
  await new Promise((resolve) => setTimeout(resolve, 700));
  worker!.process.kill('SIGTERM');
  expect(await worker!.ended).toBe(130);
  const [other] = await scene.start(['two'], WINDOW_MS);
  scene.openGate();
  expect((await t.ended(run)).outcome).toEqual({ status: 'Succeeded', output: { pid: other!.pid } });
});
