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
  return createOperations({ store, queue, commit, clock: SYSTEM_CLOCK, ids: SYSTEM_IDS, telemetry: SILENT });
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
    const first = await applyChange(o, create('hello'));
    expect(first).toEqual({ id: 'chart:hello', data: { Name: 'hello', Version: '1' } });
    expect(await applyChange(o, create('hello'))).toEqual(first);
  });

  test('gets a new version where it has changed', async () => {
    const o = operations();
    await applyChange(o, create('hello'));
    const { ResourceProperties } = create('hello', 'other') as Extract<ChartChange, { RequestType: 'Create' }>;
    const update = { RequestType: 'Update', ResourceProperties, PhysicalResourceId: 'chart:hello' } as const;
    expect((await applyChange(o, update)).data.Version).toBe('2');
  });

  test('is taken away, however often that is asked for', async () => {
    const o = operations();
    const { id } = await applyChange(o, create('hello'));
    await applyChange(o, remove(id));
    await applyChange(o, remove(id));
    expect(await o.listCharts()).toEqual([]);
  });

  test("that could not be put takes nobody else's away when CloudFormation rolls it back", async () => {
    const o = operations();
    await applyChange(o, create('hello'));
    await applyChange(o, remove(idOfFailed({ RequestId: 'r1' })));
    expect(await o.listCharts()).toHaveLength(1);
    expect(idOfFailed({ RequestId: 'r1', PhysicalResourceId: 'chart:hello' })).toBe('chart:hello');
  });

  test('that is not valid is refused with all that is wrong with it', async () => {
    const Source = JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Tsak' }, B: { Type: 'Pass' } } });
    const change = { RequestType: 'Create', ResourceProperties: { Name: 'bad', Source } } as const;
    const error = await applyChange(operations(), change).catch((refused: unknown) => refused);
    expect(reasonOf(error)).toContain('/States/A/Type');
    expect(reasonOf(error)).toContain('/States/B');
  });
});
