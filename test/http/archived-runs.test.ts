import { expect, test } from 'vitest';
import { createApi } from '#http/app';
import { archiveScene } from '../scheduler/archive/scene.ts';

test('the API shows, tells and lists an archived run as before, says that it is one, and refuses to redrive it', async () => {
  const it = await archiveScene();
  const run = await it.start('r', { fail: true });
  await it.pass(2);
  const api = createApi(it.operations, { version: '1.2.3', health: () => ({ status: 'ok' }) });
  const get = async (path: string) =>
    (await (await api.fetch(new Request(`http://localhost/v1/runs${path}`))).json()) as { readonly items: object[] };
  const all = async () => [await get(`/${run}`), await get(`/${run}/history`), await get('?status=Failed')] as const;
  const before = await all();
  await it.archive(it.s, [run]);
  const [shown, told, listed] = await all();
  expect(shown).toEqual({ ...before[0], archived: true });
  expect(told).toEqual(before[1]);
  expect(listed).toEqual({ items: [{ ...before[2].items[0], archived: true }] });
  const redriven = await api.fetch(new Request(`http://localhost/v1/runs/${run}:redrive`, { method: 'POST' }));
  expect(redriven.status).toBe(409);
  expect(await redriven.json()).toMatchObject({
    code: 'RUN_NOT_REDRIVABLE',
    detail: expect.stringContaining('archive'),
  });
});
