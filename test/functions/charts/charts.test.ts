import { describe, expect, test } from 'vitest';
import { MemoryQueue } from '#adapters/memory/memory-queue';
import { MemoryStore } from '#adapters/memory/memory-store';
import { SYSTEM_CLOCK } from '#adapters/system/clock';
import { SYSTEM_IDS } from '#adapters/system/ids';
import { reasonOf } from '#functions/charts/answer';
import { applyChange, type ChartChange, idOfFailed } from '#functions/charts/change';
import { SILENT } from '#ports/telemetry';
import { createOperations } from '#scheduler/create-operations';
import { orderedCommit } from '#scheduler/ordered-commit';

function operations() {
  const store = new MemoryStore();
  const queue = new MemoryQueue(SYSTEM_CLOCK);
  const commit = orderedCommit(store, queue);
  const o = createOperations({ store, queue, commit, clock: SYSTEM_CLOCK, ids: SYSTEM_IDS, telemetry: SILENT });
  const apply = (change: ChartChange, resource = 'stack/Chart') => applyChange(o, store, change, resource);
  return { ...o, apply };
}

const source = (comment: string) =>
  JSON.stringify({ StartAt: 'Done', Comment: comment, States: { Done: { Type: 'Succeed' } } });

const create = (name: string, comment = ''): ChartChange => ({
  RequestType: 'Create',
  ResourceProperties: { Name: name, Source: source(comment) },
});

const remove = (id: string): ChartChange => ({ RequestType: 'Delete', PhysicalResourceId: id });

describe('a chart of a stack', () => {
  test('is put by its name, and again without a new version', async () => {
    const o = operations();
    const first = await o.apply(create('hello'));
    expect(first).toEqual({ id: 'chart:hello', data: { Name: 'hello', Version: '1' } });
    expect(await o.apply(create('hello'))).toEqual(first);
  });

  test('gets a new version where it has changed', async () => {
    const o = operations();
    await o.apply(create('hello'));
    const { ResourceProperties } = create('hello', 'other') as Extract<ChartChange, { RequestType: 'Create' }>;
    const update = { RequestType: 'Update', ResourceProperties, PhysicalResourceId: 'chart:hello' } as const;
    expect((await o.apply(update)).data.Version).toBe('2');
  });

  test('is taken away, however often that is asked for', async () => {
    const o = operations();
    const { id } = await o.apply(create('hello'));
    await o.apply(remove(id));
    await o.apply(remove(id));
    expect(await o.listCharts()).toEqual([]);
  });

  test("that could not be put takes nobody else's away when CloudFormation rolls it back", async () => {
    const o = operations();
    await o.apply(create('hello'));
    await o.apply(remove(idOfFailed({ RequestId: 'r1' })));
    expect(await o.listCharts()).toHaveLength(1);
    expect(idOfFailed({ RequestId: 'r1', PhysicalResourceId: 'chart:hello' })).toBe('chart:hello');
  });

  test('that another resource has put as well stays: its construct was moved, and the old one goes after the new one came', async () => {
    const o = operations();
    const { id } = await o.apply(create('hello'), 'stack/Old');
    await o.apply(create('hello'), 'stack/New');
    await o.apply(remove(id), 'stack/Old');
    await o.apply(remove(id), 'stack/Old');
    expect(await o.listCharts()).toHaveLength(1);
    await o.apply(remove(id), 'stack/New');
    expect(await o.listCharts()).toEqual([]);
  });

  test('two that swap their names are both there afterwards', async () => {
    const o = operations();
    const update = (name: string, PhysicalResourceId: string): ChartChange => {
      const { ResourceProperties } = create(name) as Extract<ChartChange, { RequestType: 'Create' }>;
      return { RequestType: 'Update', ResourceProperties, PhysicalResourceId };
    };
    await o.apply(create('a'), 'stack/One');
    await o.apply(create('b'), 'stack/Two');
    await o.apply(update('b', 'chart:a'), 'stack/One');
    await o.apply(update('a', 'chart:b'), 'stack/Two');
    await o.apply(remove('chart:a'), 'stack/One');
    await o.apply(remove('chart:b'), 'stack/Two');
    expect((await o.listCharts()).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test('is refused in as many bytes as CloudFormation reads, whatever its language', () => {
    for (const letter of ['日', '"', 'x']) {
      const reason = reasonOf(new Error(letter.repeat(5_000)));
      expect(Buffer.byteLength(JSON.stringify(reason))).toBeLessThanOrEqual(2_002);
      expect(reason.length).toBeGreaterThan(600);
    }
  });

  test('that is not valid is refused with all that is wrong with it', async () => {
    const Source = JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Tsak' }, B: { Type: 'Pass' } } });
    const change = { RequestType: 'Create', ResourceProperties: { Name: 'bad', Source } } as const;
    const error = await operations()
      .apply(change)
      .catch((refused: unknown) => refused);
    expect(reasonOf(error)).toContain('/States/A/Type');
    expect(reasonOf(error)).toContain('/States/B');
  });
});
