import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { DynamoRunRows } from '#adapters/dynamodb/run-rows';
import { BlobArchive } from '#adapters/s3/blob-archive';
import { epoch } from '#engine/time';
import type { Blobs } from '#ports/blobs';
import { type RunId, rootFlow } from '#ports/ids';
import { type ArchiveScene, archiveScene } from '#test/scheduler/archive/scene';
import { openBucket } from '#test/support/emulators/bucket';
import { ClientCuts } from '#test/support/emulators/cut-client';
import { type Emulators, openEmulators } from '#test/support/emulators/emulators';
import { meterDynamo, type Tally } from '#test/support/emulators/meter';
import { REAL_CLOCK as clock } from '#test/support/emulators/real-clock';

let emulators: Emulators;
let bucket: Awaited<ReturnType<typeof openBucket>>;
let cuts: ClientCuts;
let it: ArchiveScene;
beforeAll(async () => {
  emulators = await openEmulators();
  bucket = await openBucket(emulators);
  cuts = new ClientCuts(emulators.dynamo, bucket.client);
  it = await archiveScene(opened());
});
afterAll(async () => {
  cuts.mend();
  await bucket.close();
  await emulators.close();
});

/** A store that remembers nothing of the ones before: what another process sees. */
function opened() {
  const parts = { client: emulators.dynamo, table: emulators.table, clock, blobs: bucket.blobs };
  return { store: openDynamo(parts), runRows: new DynamoRunRows(parts), blobs: bucket.blobs };
}
const another = () => ({ ...it.s, ...opened(), archive: new BlobArchive(bucket.blobs) });

let tally: Tally | undefined;
/** Counts from now on. Not sooner: it asks by the same client, and would be cut with it. */
function metered(): Tally {
  tally ??= meterDynamo(emulators.dynamo);
  tally.reset();
  return tally;
}

/** Text that deflating makes no shorter than about `bytes`. */
const noise = (bytes: number) =>
  Array.from({ length: Math.ceil(bytes / 10) }, () => Math.random().toString(36).slice(2, 12)).join('');
/** Too long for the table, and for a flow's item. */
const LARGE = noise(450_000);
const LONG = noise(1_000);

/** The keys of a run's items; that of its place in the list of runs is no item. */
async function itemsOf(run: RunId): Promise<string[]> {
  const { Items = [] } = await emulators.dynamo.send(new ScanCommand({ TableName: emulators.table }));
  const keys = Items.map((item) => `${item.k?.S} ${item.s?.S}`);
  return keys.filter((key) => key.slice(2).startsWith(run)).sort();
}
const objectsOf = async (run: RunId) => (await bucket.keys()).filter((key) => key.includes(`/${run}/`));

/** A run that failed two days ago, with two branches. */
async function ended(name: string, text: string): Promise<RunId> {
  const run = await it.start(name, { fail: true, text });
  await it.pass(2);
  return run;
}

test('an archived run leaves one item and one object behind, and the object of its large value goes with its rows', async () => {
  const run = await ended('whole', LARGE);
  const before = await it.seen(run);
  expect((await itemsOf(run)).length).toBeGreaterThan(4);
  expect((await objectsOf(run)).every((key) => key.startsWith('values/'))).toBe(true);
  await it.archive(another(), [run]);
  expect(await itemsOf(run)).toEqual([`f:${run} -`]);
  expect(await objectsOf(run)).toEqual([expect.stringMatching(/^archive\//)]);
  expect(await it.seen(run)).toEqual(before);
});

test('cut after any request to DynamoDB or S3, nothing is lost and nothing goes early, and two at once finish it', async () => {
  let requests = 0;
  for (let n = 1; n === 1 || requests >= n - 1; n++) {
    const run = await ended(`cut-${n}`, LONG);
    await it.s.store.saveCheckpoint({ flow: rootFlow(run), step: 1, data: LARGE }, 1);
    const before = await it.seen(run);
    cuts.cutAt(n, 'after');
    await it.archive(another(), [run]);
    requests = cuts.requests;
    cuts.mend();
    const where = `cut after request ${n}`;
    expect(await it.seen(run), where).toEqual(before);
    await Promise.all([it.archive(another(), [run]), it.archive(another(), [run])]);
    expect(await itemsOf(run), where).toEqual([`f:${run} -`]);
    expect(await objectsOf(run), where).toHaveLength(1);
    expect(await it.seen(run), where).toEqual(before);
    expect((await it.s.store.readFlow(rootFlow(run)))?.archived?.cleared, where).toBe(true);
  }
  expect(requests).toBeGreaterThan(30);
});

test('a run that is nothing but its item stays as it is, and costs one write unit once', async () => {
  await it.operations.putChart(JSON.stringify({ name: 'small', definition: PASS }));
  const { run } = await it.operations.startRun({ chart: 'small', name: 's', input: { n: 1 } });
  await it.settle();
  await it.pass(2);
  const before = await it.seen(run);
  const census = () => it.s.store.census(clock.now(), undefined, epoch(it.clock.now() - 86_400_000));
  expect((await census()).ended).toContain(run);
  const units = metered();
  await it.archive(another(), [run]);
  expect(units.sum('write')).toBe(1);
  expect(units.sum('read')).toBeLessThanOrEqual(17);
  expect(await it.seen(run)).toEqual(before);
  expect(await objectsOf(run)).toEqual([]);
  expect((await census()).ended ?? []).not.toContain(run);
});

test('what a run with a value in the bucket costs to be archived', async () => {
  await it.operations.putChart(JSON.stringify({ name: 'small', definition: PASS }));
  const { run } = await it.operations.startRun({ chart: 'small', name: 'large', input: { text: LARGE } });
  await it.settle();
  await it.pass(2);
  const units = metered();
  await it.archive(another(), [run]);
  // The notes, and the row that told of the object.
  expect(units.sum('write'), JSON.stringify(units.toJSON())).toBe(2 + 1);
  expect(units.sum('read')).toBeLessThanOrEqual(25);
  expect(await objectsOf(run)).toEqual([expect.stringMatching(/^archive\//)]);
});

test('what a run of fifty commits costs to be archived', async () => {
  await it.operations.putChart(JSON.stringify({ name: 'waits', definition: WAITS }));
  const { run } = await it.operations.startRun({ chart: 'waits', name: 'w', input: { n: 0, text: 'x'.repeat(40) } });
  for (let i = 0; i < 60; i++) {
    await it.settle();
    await it.clock.advance(1_000);
  }
  await it.pass(2);
  const items = await itemsOf(run);
  const s3: string[] = [];
  const counted: Blobs = {
    put: (key, bytes, form) => {
      s3.push('put');
      return bucket.blobs.put(key, bytes, form);
    },
    get: (key) => {
      s3.push('get');
      return bucket.blobs.get(key);
    },
  };
  const units = metered();
  await it.archive({ ...another(), archive: new BlobArchive(counted) }, [run]);
  // The note, eight chunks of a kilobyte, the note that they are gone.
  expect(items).toHaveLength(1 + 8);
  expect(units.sum('write'), JSON.stringify(units.toJSON())).toBe(2 + 8);
  expect(units.sum('read')).toBeLessThanOrEqual(25);
  expect(s3).toEqual(['put', 'get']);
});

const PASS = { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } };
/** A loop of fifty waits. */
const WAITS = {
  StartAt: 'More',
  States: {
    More: { Type: 'Choice', Choices: [{ Variable: '$.n', NumericGreaterThan: 50, Next: 'Done' }], Default: 'Wait' },
    Wait: { Type: 'Wait', Seconds: 1, Next: 'Add' },
    Add: { Type: 'Pass', Parameters: { 'n.$': 'States.MathAdd($.n, 1)', 'text.$': '$.text' }, Next: 'More' },
    Done: { Type: 'Succeed' },
  },
};
