import { expect, test } from 'vitest';
import { createOperations } from '#scheduler/create-operations';
import { fireTriggers } from '#scheduler/triggers';
import { memoryScheduler } from '#test/scheduler/memory-scheduler';

const MINUTE_MS = 60_000;

async function nightly(schedule = '0 2 * * *', timezone = 'Europe/Berlin') {
  const s = memoryScheduler('2026-11-20T23:30:00Z');
  const operations = createOperations(s);
  const source = {
    name: 'nightly',
    triggers: [{ schedule, timezone }],
    definition: { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } },
  };
  await operations.putChart(JSON.stringify(source));
  const fire = async () => fireTriggers(s, await s.store.listCharts());
  const names = async () => (await operations.listRuns({ limit: 100 })).items.map(({ name }) => name).sort();
  return { s, operations, source, fire, names };
}

test('L9: a slot is the name of its run; it fires once, however often and by however many it is evaluated', async () => {
  const { s, fire, names } = await nightly();
  expect(new Date((await fire())!).toISOString()).toBe('2026-11-21T01:00:00.000Z');
  expect(await names()).toEqual([]);
  await s.clock.advance(90 * MINUTE_MS);
  await Promise.all([fire(), fire(), fire()]);
  await fire();
  expect(await names()).toEqual(['2026-11-21T01-00-00Z']);
  await s.clock.advance(24 * 60 * MINUTE_MS);
  await fire();
  expect(await names()).toEqual(['2026-11-21T01-00-00Z', '2026-11-22T01-00-00Z']);
});

test('L9: a start that was not noted (its process died between the two) is repeated and makes nothing new', async () => {
  const { s, fire, names } = await nightly();
  await fire();
  await s.clock.advance(90 * MINUTE_MS);
  const { writeSetting } = s.store;
  s.store.writeSetting = () => Promise.reject(new Error('crash'));
  await expect(fire()).rejects.toThrow('crash');
  s.store.writeSetting = writeSetting.bind(s.store);
  await fire();
  expect(await names()).toEqual(['2026-11-21T01-00-00Z']);
});

test('after an outage the last missed slot fires and the ones before it do not', async () => {
  const { s, fire, names } = await nightly('* * * * * *', 'UTC');
  await fire();
  await s.clock.advance(30 * 24 * 60 * MINUTE_MS + 500);
  await fire();
  expect(await names()).toEqual(['2026-12-20T23-30-00Z']);
  await fire();
  expect(await names()).toHaveLength(1);
});

test('a trigger that is new fires nothing of the past, nor does one that comes back after its chart was deleted', async () => {
  const { s, operations, source, fire, names } = await nightly();
  await s.clock.advance(90 * MINUTE_MS);
  await fire();
  expect(await names()).toEqual([]);
  await operations.deleteChart('nightly');
  await s.clock.advance(48 * 60 * MINUTE_MS);
  await fire();
  await operations.putChart(JSON.stringify(source));
  await fire();
  expect(await names()).toEqual([]);
});

test('a new version of a chart keeps what its trigger has fired', async () => {
  const { s, operations, source, fire, names } = await nightly();
  await fire();
  await s.clock.advance(90 * MINUTE_MS);
  await operations.putChart(JSON.stringify({ ...source, description: 'changed' }));
  await fire();
  expect(await names()).toEqual(['2026-11-21T01-00-00Z']);
  expect((await operations.listRuns({ limit: 1 })).items[0]?.version).toBe(2);
});

test('a chart that fails holds up no other, and is told of', async () => {
  const { s, operations, source, fire, names } = await nightly();
  // As a later version of Flowbeat might write it.
  const foreign = { name: 'a', version: 1, source: '{"schedule":1}', hash: 'h', createdAt: s.clock.now() };
  const { listCharts } = s.store;
  s.store.listCharts = async () => [foreign, ...(await listCharts.call(s.store))];
  await operations.putChart(JSON.stringify({ ...source, name: 'z' }));
  await expect(fire()).rejects.toThrow(TypeError);
  await s.clock.advance(90 * MINUTE_MS);
  await expect(fire()).rejects.toThrow(TypeError);
  expect(await names()).toEqual(['2026-11-21T01-00-00Z', '2026-11-21T01-00-00Z']);
});
