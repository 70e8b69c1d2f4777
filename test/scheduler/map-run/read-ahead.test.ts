import { expect, test } from 'vitest';
import { compileChart } from '#engine/chart/compile';
import { validateChart } from '#engine/chart/validate';
import { mapPlan } from '#engine/decide';
import type { Json } from '#engine/json';
import { epoch } from '#engine/time';
import type { FlowRecord } from '#ports/flow-record';
import type { Surroundings } from '#ports/surroundings';
import { ReadAhead } from '#scheduler/map-run/read-ahead';

/** A flow at a Map of so many items, and how often and how far its source was read. */
function scene(items: readonly Json[]) {
  const validated = validateChart({
    name: 'c',
    definition: {
      StartAt: 'M',
      States: {
        M: {
          Type: 'Map',
          ItemReader: { Resource: 'arn:aws:states:::s3:getObject', Parameters: { Bucket: 'b', Key: 'k' } },
          ItemProcessor: {
            ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
            StartAt: 'P',
            States: { P: { Type: 'Pass', End: true } },
          },
          End: true,
        },
      },
    },
  });
  if (!validated.ok) throw new Error(JSON.stringify(validated.errors));
  const chart = compileChart(validated.chart, 1);
  const map = {
    items: items.length,
    round: items.length,
    failed: 0,
    head: 1,
    starts: items.map((_, i) => i),
    rounds: [],
  };
  const position = {
    at: 'M',
    phase: 'split',
    step: 1,
    input: {},
    vars: {},
    entered: epoch(0),
    attempt: 0,
    branches: items.length,
    map,
  } as const;
  const run = { run: 'c:r', name: 'r', chart: 'c', version: 1, startedAt: epoch(0), input: null };
  const plan = mapPlan(chart, position, { now: epoch(0), seed: 's', run, token: () => '' });
  const read: number[] = [];
  const s = {
    items: {
      open: async () => ({
        head: 1,
        async *from(cursor: Json | undefined) {
          for (let at = Number(cursor ?? 0); at < items.length; at++) {
            read.push(at);
            yield { value: items[at] as Json, cursor: at };
          }
        },
      }),
    },
  } as unknown as Surroundings;
  const ahead = new ReadAhead(s);
  const parent = { id: 'c:r', position } as unknown as FlowRecord;
  return { read, child: (index: number) => ahead.child(parent, 1, index, plan) };
}

test('what follows a child is read with it, and not again', async () => {
  const items = Array.from({ length: 100 }, (_, n) => ({ n }));
  const { read, child } = scene(items);
  for (const index of [10, 12, 11, 41, 13]) expect((await child(index)).input).toEqual({ n: index });
  expect(read).toEqual(Array.from({ length: 32 }, (_, i) => 10 + i));
  // Whoever asks once more has lost it, and reads it again.
  expect((await child(10)).input).toEqual({ n: 10 });
  expect(read).toHaveLength(64);
});

test('of large items few are read ahead, and no more are kept than there is room for', async () => {
  const items = Array.from({ length: 200 }, () => 'x'.repeat(200_000));
  const { read, child } = scene(items);
  await child(0);
  expect(read.length).toBeLessThan(5);
  // Far more than there is room for: the first are read again.
  for (let index = 3; index < 200; index += 3) await child(index);
  const before = read.length;
  await child(1);
  expect(read.length).toBeGreaterThan(before);
});
