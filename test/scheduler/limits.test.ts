import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { MemoryQueue } from '#adapters/memory/memory-queue';
import { MemoryStore } from '#adapters/memory/memory-store';
import { openSqlite } from '#adapters/sqlite/open';
import { openSqs } from '#adapters/sqs/sqs-queue';
import { SYSTEM_CLOCK } from '#adapters/system/clock';
import { orderedCommit } from '#scheduler/ordered-commit';
import { openEmulators } from '#test/support/emulators/emulators';
import { type Backend, installation } from '#test/support/installation';

/** This emulator takes a hundred times the time of a file: fewer transitions show there that each commit is like the one before. */
const EMULATED = 'dynamodb + sqs';

const backends: Readonly<Record<string, () => Promise<Backend & { close(): Promise<void> }>>> = {
  async memory() {
    const store = new MemoryStore();
    const queue = new MemoryQueue(SYSTEM_CLOCK);
    return { store, queue, commit: orderedCommit(store, queue), async close() {} };
  },
  async sqlite() {
    const folder = mkdtempSync(join(tmpdir(), 'flowbeat-limits-'));
    const sqlite = await openSqlite({ file: join(folder, 'state.db'), clock: SYSTEM_CLOCK });
    return {
      ...sqlite,
      async close() {
        await sqlite.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
  async [EMULATED]() {
    const emulators = await openEmulators();
    const store = openDynamo({ client: emulators.dynamo, table: emulators.table, clock: SYSTEM_CLOCK });
    const queue = openSqs({ client: emulators.sqs, clock: SYSTEM_CLOCK, prefix: emulators.prefix, create: true });
    return { store, queue, commit: orderedCommit(store, queue), close: () => emulators.close() };
  },
};

const activities = { echo: (input: never) => input, double: ({ n }: { n: number }) => ({ n: 2 * n }) };

const mapOf = (maxConcurrency: number) => ({
  name: `map-${maxConcurrency}`,
  definition: {
    StartAt: 'Each',
    States: {
      Each: {
        Type: 'Map',
        ItemsPath: '$.items',
        ItemSelector: { 'n.$': '$$.Map.Item.Value' },
        MaxConcurrency: maxConcurrency,
        ItemProcessor: { StartAt: 'One', States: { One: { Type: 'Task', Resource: 'activity:double', End: true } } },
        End: true,
      },
    },
  },
});

/** Goes round so often; each round is two transitions. */
const loopOf = (rounds: number) => ({
  name: 'loop',
  definition: {
    StartAt: 'Add',
    States: {
      Add: { Type: 'Pass', Parameters: { 'n.$': 'States.MathAdd($.n, 1)' }, Next: 'More' },
      More: { Type: 'Choice', Choices: [{ Variable: '$.n', NumericLessThan: rounds, Next: 'Add' }], Default: 'Done' },
      Done: { Type: 'Succeed' },
    },
  },
});

describe.each(Object.entries(backends))('limits on %s', (name, open) => {
  test.each(name === EMULATED ? [0] : [0, 7])('a Map of 1,000 branches joins, MaxConcurrency %d', async (max) => {
    const backend = await open();
    const here = await installation(backend, activities as never, { workers: 2 });
    const items = Array.from({ length: 1_000 }, (_, i) => i);
    const flow = await here.run(mapOf(max), { items });
    expect(flow.outcome).toEqual({ status: 'Succeeded', output: items.map((n) => ({ n: 2 * n })) });
    await here.close();
    await backend.close();
  });

  test('an input of 10 MB passes through an action and comes out whole', async () => {
    const backend = await open();
    const here = await installation(backend, activities as never);
    const input = { text: 'x'.repeat(10 * 1024 * 1024 - 100) };
    const chart = {
      name: 'big',
      definition: { StartAt: 'E', States: { E: { Type: 'Task', Resource: 'activity:echo', End: true } } },
    };
    const flow = await here.run(chart, input);
    expect(flow.outcome).toEqual({ status: 'Succeeded', output: input });
    await here.close();
    await backend.close();
  });

  const rounds = name === EMULATED ? 50_000 : 500_000;
  test(`a run makes ${2 * rounds} transitions with a flow of constant size`, async () => {
    const backend = await open();
    const here = await installation(backend, activities as never);
    const flow = await here.run(loopOf(rounds), { n: 0 });
    expect(flow.outcome).toEqual({ status: 'Succeeded', output: { n: rounds } });
    expect(flow.position.step).toBeGreaterThan(2 * rounds);
    expect(JSON.stringify(flow).length).toBeLessThan(800);
    await here.close();
    await backend.close();
  });
});
