/** What other versions wrote: today's code finishes all of it, and what newer code wrote it leaves alone. */
import { writeFileSync } from 'node:fs';
import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import type { Item } from '#adapters/dynamodb/table-client';
import { MemoryQueue } from '#adapters/memory/memory-queue';
import { openSqlite } from '#adapters/sqlite/open';
import { readBody } from '#adapters/sqs/polls';
import { FLOW_FORMAT } from '#ports/flow-record';
import { runId } from '#ports/ids';
import type { Message } from '#ports/message';
import { afterCommit } from '#scheduler/after-commit';
import { census } from '#scheduler/census';
import { control } from '#scheduler/control';
import { createOperations, createScheduler } from '#scheduler/create-operations';
import { orderedCommit } from '#scheduler/ordered-commit';
import { examine } from '#scheduler/receive';
import { readState, readTable, recordedFormats } from '#test/formats/corpus';
import { clockFrom, GONE_ON_AT, goOn, runsOf } from '#test/formats/runs';
import { openEmulators } from '#test/support/emulators/emulators';
import { TemporaryFolder } from '#test/support/temporary-folder';

const outputsOf = (format: number) =>
  Object.fromEntries(Object.entries(runsOf(format)).map(([name, { output }]) => [name, output]));

/** A table that holds those items, and a queue with those messages. */
async function tableOf(items: readonly Item[], messages: readonly { readonly queue: string; readonly body: string }[]) {
  const emulators = await openEmulators();
  onTestFinished(() => emulators.close());
  const { dynamo: client, table } = emulators;
  for (const Item of items) await client.send(new PutItemCommand({ TableName: table, Item }));
  const clock = clockFrom(GONE_ON_AT);
  const queue = new MemoryQueue(clock);
  const read = messages.map(({ queue, body }) => readBody(queue, body) as Message);
  await queue.send(read.map((message) => ({ message, delayMs: 0 })));
  const store = openDynamo({ client, table, clock });
  const scan = async () => (await client.send(new ScanCommand({ TableName: table, ConsistentRead: true }))).Items ?? [];
  const put = async (Item: Item) => void (await client.send(new PutItemCommand({ TableName: table, Item })));
  return { parts: { store, queue, commit: orderedCommit(store, queue), clock }, scan, put };
}

test('each format up to the one that is written is recorded: a new one is by `node test/formats/record.ts`', () => {
  expect(recordedFormats()).toEqual(Array.from({ length: FLOW_FORMAT }, (_, i) => i + 1));
});

describe.each(recordedFormats())('format %d', (format) => {
  test('the runs of a table are finished by today’s code', async () => {
    const recorded = readTable(format);
    const { parts } = await tableOf(recorded.items, recorded.messages);
    expect(await goOn(parts, recorded, format)).toEqual(outputsOf(format));
  });

  test('the runs of a state file are finished by today’s code', async () => {
    const recorded = readState(format);
    using folder = new TemporaryFolder();
    writeFileSync(folder.file('state.db'), recorded.file);
    const clock = clockFrom(GONE_ON_AT);
    const sqlite = await openSqlite({ file: folder.file('state.db'), clock });
    expect(await goOn({ ...sqlite, clock }, recorded, format)).toEqual(outputsOf(format));
    await sqlite.close();
  });
});

/** A flow's item as newer code might write it: what is read only where the format is known says nothing to anybody else. */
const isFlow = (item: Item): boolean => item.k?.S?.startsWith('f:') === true;
const HIDDEN = ['P', 'i', 'v', 'j', 'G', 'y', 'h'];
const UNKNOWN = { S: 'a word of another version' };

function newer(item: Item): Item {
  if (!isFlow(item)) return item;
  const hidden = HIDDEN.filter((name) => item[name]).map((name) => [name, UNKNOWN] as const);
  return { ...item, ...Object.fromEntries(hidden), z: { N: String(FLOW_FORMAT + 1) } };
}

/** What a flow is moved by in any format: its status, term and owner, why it was taken, which write it was. */
const still = ({ u: _u, t: _t, o: _o, x: _x, Y: _Y, ...rest }: Item) => rest;
const hasEnded = ({ u }: Item): boolean => ['S', 'F', 'T', 'C'].includes(u?.S ?? '');
const byKey = (items: readonly Item[]) =>
  Object.fromEntries(items.filter(isFlow).map((item) => [`${item.k?.S} ${item.s?.S}`, item]));

test('what newer code wrote is neither claimed, ended nor shown by this one: it is left as it is, and finished by who knows it', async () => {
  const recorded = readTable(FLOW_FORMAT);
  const { parts, scan, put } = await tableOf(recorded.items.map(newer), recorded.messages);
  const told: string[] = [];
  const telemetry = { event: (name: string) => void told.push(name) };
  const s = createScheduler({ ...parts, ids: { random: () => crypto.randomUUID() }, telemetry });
  const before = byKey(await scan());

  const verdicts = new Set<string>();
  for (let round = 0; round < 3; round++) {
    const queues = ['default', 'later', '_control'];
    for (const it of await s.queue.receive({ queues, max: 100, waitMs: 0, visibilityMs: 1 })) {
      if (it.message.kind !== 'flow') await control(s, it, 'older');
      else {
        const verdict = await examine(s, it, 'older');
        verdicts.add(verdict.do === 'later' ? verdict.why : verdict.do);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(verdicts).toContain('formatNewer');
  for (const verdict of ['claim', 'adopt']) expect(verdicts).not.toContain(verdict);
  expect(told).toContain('formatNewer');
  expect(await census(s, 0, 'older')).toMatchObject({ queued: 0, due: 0, owned: 0, children: 0, ended: 0 });
  const refusal = { code: 'FORMAT_NEWER' };
  const operations = createOperations(s);
  await expect(operations.redriveRun(runId('failed', 'r'))).rejects.toMatchObject(refusal);
  await expect(operations.history(runId('held', 'r'), { limit: 10 })).rejects.toMatchObject(refusal);
  await expect(operations.showRun(runId('held', 'r'))).rejects.toMatchObject(refusal);
  for (const flow of (await s.store.listFlows(runId('parallel', 'r'))).items)
    await expect(afterCommit(s, flow)).rejects.toMatchObject(refusal);
  // What there is can be listed.
  expect((await operations.listRuns({ limit: 100 })).items.length).toBe(Object.keys(runsOf(FLOW_FORMAT)).length);

  const after = byKey(await scan());
  expect(Object.keys(after)).toEqual(Object.keys(before));
  for (const [key, item] of Object.entries(after)) {
    expect(still(item), key).toEqual(still(before[key]!));
    expect(hasEnded(item), key).toBe(hasEnded(before[key]!));
  }

  // Whoever knows the format comes by.
  const known = byKey(recorded.items);
  for (const [key, item] of Object.entries(after)) {
    const { z: _z, ...kept } = item;
    const said = Object.entries(known[key]!).filter(([name]) => HIDDEN.includes(name));
    await put({ ...kept, ...Object.fromEntries(said) });
  }
  expect(await goOn(parts, recorded, FLOW_FORMAT)).toEqual(outputsOf(FLOW_FORMAT));
});
