import { expect, onTestFinished, test, vi } from 'vitest';
import type { Json, JsonObject } from '#engine/json';
import { isTerminal } from '#ports/flow-record';
import type { RunId } from '#ports/ids';
import { type CrewHandler, crewOf } from '#test/support/crew';

const reader = {
  Resource: 'arn:aws:states:::s3:getObject',
  ReaderConfig: { InputType: 'JSON' },
  Parameters: { Bucket: 'b', Key: 'k' },
};

const chartOf = (map: JsonObject, work: JsonObject = { Type: 'Task', Resource: 'activity:work' }) => ({
  name: 'c',
  definition: {
    StartAt: 'M',
    States: {
      M: {
        Type: 'Map',
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'W',
          States: { W: { ...work, End: true } },
        },
        ...map,
        End: true,
      },
    },
  },
});

const upTo = (count: number): readonly Json[] => Array.from({ length: count }, (_, i) => i);

function crew(work: CrewHandler, mapRound = 10) {
  const here = crewOf({ work }, undefined, { mapRound });
  onTestFinished(() => here.close());
  return here;
}

const ended = async (here: ReturnType<typeof crewOf>, run: RunId) => {
  await vi.waitFor(() => expect(isTerminal(here.root(run)!.status)).toBe(true), { timeout: 15_000, interval: 20 });
  return here.root(run)!.outcome;
};

test('a run of 25 items in three rounds has their results in order, and no more at a time than it may', async () => {
  let now = 0;
  let most = 0;
  const here = crew(async (input) => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 1));
    now--;
    return [input, 'done'];
  });
  here.items.put('b', 'k', upTo(25));
  await here.worker();
  const run = await here.start(chartOf({ ItemReader: reader, MaxConcurrency: 3 }));
  expect(await ended(here, run)).toEqual({ status: 'Succeeded', output: upTo(25).map((n) => [n, 'done']) });
  expect(most).toBeLessThanOrEqual(3);
  expect(most).toBeGreaterThan(1);
});

test.each([
  { maxItems: 0, count: 25 },
  { maxItems: 12, count: 12 },
  { maxItems: 10, count: 10 },
  { maxItems: 100, count: 25 },
])('MaxItems $maxItems of 25: $count', async ({ maxItems, count }) => {
  const here = crew((input) => input);
  here.items.put('b', 'k', upTo(25));
  await here.worker();
  const ItemReader = { ...reader, ReaderConfig: { InputType: 'JSON', MaxItems: maxItems } };
  const run = await here.start(chartOf({ ItemReader }, { Type: 'Pass' }));
  expect(await ended(here, run)).toEqual({ status: 'Succeeded', output: upTo(count) });
});

test('no items: an empty result', async () => {
  const here = crew((input) => input);
  here.items.put('b', 'k', []);
  await here.worker();
  expect(await ended(here, await here.start(chartOf({ ItemReader: reader })))).toEqual({
    status: 'Succeeded',
    output: [],
  });
});

test('items of the input, batches, and what each batch has beside them', async () => {
  const here = crew((input) => input, 2);
  await here.worker();
  const map = {
    ItemsPath: '$.all',
    ItemSelector: { 'n.$': '$$.Map.Item.Value', 'i.$': '$$.Map.Item.Index' },
    ItemBatcher: { MaxItemsPerBatch: 2, BatchInput: { 'of.$': '$.name' } },
    MaxConcurrency: 1,
  };
  const run = await here.start(chartOf(map, { Type: 'Pass' }), { all: ['a', 'b', 'c', 'd', 'e'], name: 'x' });
  const items = ['a', 'b', 'c', 'd', 'e'].map((n, i) => ({ n, i }));
  const batch = (...Items: Json[]) => ({ BatchInput: { of: 'x' }, Items });
  expect(await ended(here, run)).toEqual({
    status: 'Succeeded',
    output: [batch(items[0]!, items[1]!), batch(items[2]!, items[3]!), batch(items[4]!)],
  });
});

test('a batch ends where it would have more bytes than it may', async () => {
  const here = crew((input) => input);
  await here.worker();
  // {"Items":["aaaaaaaaaa"]} is 24 bytes, each further item 13.
  const map = { ItemBatcher: { MaxInputBytesPerBatch: 37 } };
  const letters = ['a', 'b', 'c'].map((letter) => letter.repeat(10));
  const run = await here.start(chartOf(map, { Type: 'Pass' }), letters);
  expect(await ended(here, run)).toEqual({
    status: 'Succeeded',
    output: [{ Items: letters.slice(0, 2) }, { Items: letters.slice(2) }],
  });
});

const fails =
  (...numbers: readonly number[]): CrewHandler =>
  (input) => {
    if (numbers.includes(Number(input))) throw Object.assign(new Error(`no ${String(input)}`), { name: 'Bad' });
    return input;
  };

const exceeded = {
  status: 'Failed',
  error: 'States.ExceedToleratedFailureThreshold',
  cause: 'The specified tolerated failure threshold was exceeded',
};

test('one item that fails fails a Map that tolerates none, and stops the others', async () => {
  const here = crew(fails(3));
  here.items.put('b', 'k', upTo(25));
  await here.worker();
  const run = await here.start(chartOf({ ItemReader: reader, MaxConcurrency: 1 }));
  expect(await ended(here, run)).toEqual(exceeded);
  const items = [...here.store.flows.values()].filter(({ parent }) => parent);
  await vi.waitFor(() => expect(items.every(({ id }) => isTerminal(here.store.flows.get(id)!.status))).toBe(true));
  expect(items).toHaveLength(4);
});

test.each([
  { bounds: { ToleratedFailureCount: 2 }, failing: [3, 17], ok: true },
  { bounds: { ToleratedFailureCount: 1 }, failing: [3, 17], ok: false },
  { bounds: { ToleratedFailurePercentage: 8 }, failing: [3, 17], ok: true },
  { bounds: { ToleratedFailurePercentage: 7.9 }, failing: [3, 17], ok: false },
  { bounds: { ToleratedFailureCount: 5, ToleratedFailurePercentage: 7 }, failing: [3, 17], ok: false },
  { bounds: { ToleratedFailurePercentage: 100 }, failing: upTo(25) as number[], ok: true },
])('$bounds with $failing.length failures of 25: tolerated $ok', async ({ bounds, failing, ok }) => {
  const here = crew(fails(...failing));
  here.items.put('b', 'k', upTo(25));
  await here.worker();
  const run = await here.start(chartOf({ ItemReader: reader, MaxConcurrency: 4, ...bounds }));
  const outcome = await ended(here, run);
  if (!ok) return expect(outcome).toEqual(exceeded);
  expect(outcome?.status).toBe('Succeeded');
  const { output } = outcome as unknown as { readonly output: readonly Json[] };
  expect(output).toHaveLength(25);
  for (const [i, entry] of output.entries()) {
    if (!failing.includes(i)) expect(entry).toBe(i);
    else expect(entry).toMatchObject({ Error: 'Bad', Cause: expect.stringContaining(`no ${i}`), Status: 'FAILED' });
  }
});

test('results go to files, one of each status a round, and a manifest', async () => {
  const here = crew(fails(3));
  here.items.put('b', 'k', upTo(12));
  await here.worker();
  const ResultWriter = {
    Resource: 'arn:aws:states:::s3:putObject',
    Parameters: { Bucket: 'out', Prefix: 'of/run' },
    WriterConfig: { Transformation: 'COMPACT', OutputType: 'JSONL' },
  };
  const map = { ItemReader: reader, ToleratedFailureCount: 1, ResultWriter };
  const run = await here.start(chartOf(map));
  const outcome = await ended(here, run);
  const { written } = here.items;
  const manifestKey = [...written.keys()].find((key) => key.endsWith('/manifest.json'))!;
  const folder = manifestKey.slice('out/'.length, -'/manifest.json'.length);
  expect(folder).toMatch(/^of\/run\/[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
  const id = folder.slice('of/run/'.length);
  expect(outcome).toEqual({
    status: 'Succeeded',
    output: {
      MapRunArn: `c/M:${id}`,
      ResultWriterDetails: { Bucket: 'out', Key: `${folder}/manifest.json` },
    },
  });
  const linesOf = (key: string) =>
    written
      .get(`out/${folder}/${key}`)
      ?.trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  expect(linesOf('SUCCEEDED_0.jsonl')).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9]);
  expect(linesOf('SUCCEEDED_1.jsonl')).toEqual([10, 11]);
  expect(linesOf('FAILED_0.jsonl')).toMatchObject([{ Error: 'Bad', Input: '3', Status: 'FAILED' }]);
  const sizeOf = (key: string) => ({ Key: `${folder}/${key}`, Size: written.get(`out/${folder}/${key}`)!.length });
  expect(JSON.parse(written.get(manifestKey)!)).toEqual({
    DestinationBucket: 'out',
    MapRunArn: `c/M:${id}`,
    ResultFiles: {
      FAILED: [sizeOf('FAILED_0.jsonl')],
      PENDING: [],
      SUCCEEDED: [sizeOf('SUCCEEDED_0.jsonl'), sizeOf('SUCCEEDED_1.jsonl')],
    },
  });
});

test('the files of all rounds are in one folder, whatever time its name is made of', async () => {
  const here = crew(async (input) => {
    await new Promise((resolve) => setTimeout(resolve, 2));
    return input;
  }, 2);
  await here.worker();
  const ResultWriter = {
    Resource: 'arn:aws:states:::s3:putObject',
    Arguments: { Bucket: 'out', Prefix: "{% 'at-' & $string($millis()) %}" },
  };
  const chart = chartOf({ QueryLanguage: 'JSONata', ResultWriter }, { Type: 'Task', Resource: 'activity:work' });
  const run = await here.start(chart, [1, 2, 3, 4, 5]);
  expect(await ended(here, run)).toMatchObject({ status: 'Succeeded' });
  const { written } = here.items;
  const manifest = [...written].find(([key]) => key.endsWith('/manifest.json'))![1];
  const { SUCCEEDED } = (JSON.parse(manifest) as { ResultFiles: { SUCCEEDED: { Key: string }[] } }).ResultFiles;
  expect(SUCCEEDED).toHaveLength(3);
  for (const { Key } of SUCCEEDED) expect(written.has(`out/${Key}`)).toBe(true);
});

test('MaxConcurrency that follows the clock is that of the time at which the Map was entered', async () => {
  const here = crew(async (input) => {
    await new Promise((resolve) => setTimeout(resolve, 2));
    return input;
  }, 4);
  await here.worker();
  const MaxConcurrency = '{% $millis() = $toMillis($states.context.State.EnteredTime) ? 0 : 2 %}';
  const chart = chartOf({ QueryLanguage: 'JSONata', MaxConcurrency }, { Type: 'Task', Resource: 'activity:work' });
  const run = await here.start(chart, upTo(20));
  expect(await ended(here, run)).toEqual({ status: 'Succeeded', output: upTo(20) });
});

test('a Map that fails writes what came of its items all the same', async () => {
  const here = crew(fails(1));
  here.items.put('b', 'k', upTo(5));
  await here.worker();
  const ResultWriter = { Resource: 'arn:aws:states:::s3:putObject', Parameters: { Bucket: 'out' } };
  const run = await here.start(chartOf({ ItemReader: reader, MaxConcurrency: 1, ResultWriter }));
  expect(await ended(here, run)).toEqual(exceeded);
  const of = (name: string) => {
    const key = [...here.items.written.keys()].find((each) => each.endsWith(name));
    return key === undefined ? undefined : (JSON.parse(here.items.written.get(key)!) as readonly JsonObject[]);
  };
  expect(of('/SUCCEEDED_0.json')).toMatchObject([{ Input: '0', Output: '0', Status: 'SUCCEEDED' }]);
  expect(of('/FAILED_0.json')).toMatchObject([{ Input: '1', Status: 'FAILED', Error: 'Bad' }]);
  expect(of('/PENDING_0.json')?.map(({ Input }) => Input)).toEqual(['2', '3', '4']);
  expect(of('/manifest.json')).toBeDefined();
});

test('what cannot be read fails the Map, and its Retry reads anew', async () => {
  const here = crew((input) => input);
  await here.worker();
  const Retry = [{ ErrorEquals: ['States.ItemReaderFailed'], IntervalSeconds: 1, MaxAttempts: 2 }];
  const run = await here.start(chartOf({ ItemReader: reader, Retry }));
  await vi.waitFor(() => expect(here.root(run)?.position.phase).toBe('retry'), { timeout: 5_000 });
  here.items.put('b', 'k', upTo(3));
  expect(await ended(here, run)).toEqual({ status: 'Succeeded', output: upTo(3) });
});

test('a source that is changed in the middle fails the Map', async () => {
  let here: ReturnType<typeof crewOf>;
  const change: CrewHandler = (input) => {
    if (input === 0) here.items.put('b', 'k', upTo(30));
    return input;
  };
  here = crew(change);
  here.items.put('b', 'k', upTo(25));
  await here.worker();
  const run = await here.start(chartOf({ ItemReader: reader, MaxConcurrency: 1 }));
  // The child that would be next cannot be made any more.
  expect(await ended(here, run)).toEqual(exceeded);
});

test('an ItemSelector that fails on one item fails the Map before that round has children', async () => {
  const here = crew((input) => input);
  await here.worker();
  const map = { ItemsPath: '$.all', ItemSelector: { 'n.$': '$$.Map.Item.Value.n' } };
  const run = await here.start(chartOf(map), { all: [{ n: 1 }, {}] });
  expect(await ended(here, run)).toMatchObject({ status: 'Failed', error: 'States.Runtime' });
  expect([...here.store.flows.values()].filter(({ parent }) => parent)).toHaveLength(0);
});

test('its children are no part of the history of the run, which tells of the Map run', async () => {
  const here = crew((input) => input);
  here.items.put('b', 'k', upTo(25));
  await here.worker();
  const run = await here.start(chartOf({ ItemReader: reader }));
  await ended(here, run);
  const { events } = await here.operations.history(run, { limit: 1_000 });
  const types = events.map(({ type }) => type).filter((type) => !type.startsWith('Flow'));
  expect(types).toEqual([
    'ExecutionStarted',
    'MapStateEntered',
    'MapStateStarted',
    'MapRunStarted',
    'MapRunSucceeded',
    'MapStateSucceeded',
    'MapStateExited',
    'ExecutionSucceeded',
  ]);
});

const inner = (states: JsonObject, more: JsonObject = {}) => ({
  ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
  StartAt: Object.keys(states)[0] as string,
  States: states,
  ...more,
});

test('a distributed Map in another one, in a Parallel', async () => {
  const here = crew((input) => input, 2);
  await here.worker();
  const definition = {
    StartAt: 'Both',
    States: {
      Both: {
        Type: 'Parallel',
        Branches: [
          { StartAt: 'Other', States: { Other: { Type: 'Pass', Result: 'other', End: true } } },
          {
            StartAt: 'Outer',
            States: {
              Outer: {
                Type: 'Map',
                MaxConcurrency: 2,
                ItemProcessor: inner({
                  Inner: {
                    Type: 'Map',
                    ItemProcessor: inner({ One: { Type: 'Task', Resource: 'activity:work', End: true } }),
                    End: true,
                  },
                }),
                End: true,
              },
            },
          },
        ],
        End: true,
      },
    },
  };
  const lists = [[1, 2, 3], [], [4], [5, 6, 7, 8, 9]];
  const run = await here.start({ name: 'c', definition }, lists);
  expect(await ended(here, run)).toEqual({ status: 'Succeeded', output: ['other', lists] });
  const { events } = await here.operations.history(run, { limit: 1_000 });
  expect(events.filter(({ type }) => type === 'HistoryGap')).toEqual([]);
  expect(events.filter(({ type }) => type === 'MapRunStarted')).toHaveLength(1);
});

test('in JSONata: arguments, bounds, a selector, what comes out of it', async () => {
  const here = crew(fails(2), 4);
  here.items.put('b', 'all.json', upTo(9));
  await here.worker();
  const definition = {
    QueryLanguage: 'JSONata',
    StartAt: 'M',
    States: {
      M: {
        Type: 'Map',
        ItemReader: {
          Resource: 'arn:aws:states:::s3:getObject',
          ReaderConfig: { InputType: 'JSON', MaxItems: '{% $states.input.most %}' },
          Arguments: { Bucket: 'b', Key: "{% $states.input.name & '.json' %}" },
        },
        MaxConcurrency: '{% 1 + 1 %}',
        ToleratedFailureCount: '{% $states.input.tolerated %}',
        ItemSelector: '{% $states.context.Map.Item.Value * 10 + $states.context.Map.Item.Index %}',
        ItemProcessor: inner({ One: { Type: 'Task', Resource: 'activity:work', End: true } }),
        Output: '{% $states.result[$type($) = "number"] %}',
        Assign: { count: '{% $count($states.result) %}' },
        Next: 'Last',
      },
      Last: { Type: 'Pass', Output: { got: '{% $states.input %}', of: '{% $count %}' }, End: true },
    },
  };
  const run = await here.start({ name: 'c', definition }, { most: 7, name: 'all', tolerated: 0 });
  expect(await ended(here, run)).toEqual({
    status: 'Succeeded',
    output: { got: [0, 11, 22, 33, 44, 55, 66], of: 7 },
  });
});

test('a cancel stops what runs, and nothing is read any more', async () => {
  const here = crew(
    (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))),
  );
  here.items.put('b', 'k', upTo(500));
  await here.worker();
  const run = await here.start(chartOf({ ItemReader: reader, MaxConcurrency: 3 }));
  await vi.waitFor(() => expect(here.root(run)?.waits?.for).toBe('children'), { timeout: 5_000 });
  await here.operations.cancelRun(run, { error: 'Enough' });
  expect(await ended(here, run)).toMatchObject({ status: 'Cancelled', error: 'Enough' });
  await vi.waitFor(() => expect([...here.store.flows.values()].every(({ status }) => isTerminal(status))).toBe(true), {
    timeout: 15_000,
  });
  expect(here.store.flows.size).toBeLessThanOrEqual(4);
  await vi.waitFor(() => expect(here.store.joins.size).toBe(0), { timeout: 5_000 });
});

test('a redrive of a run that failed in it reads all of it again', async () => {
  let broken = true;
  const here = crew((input) => {
    if (broken && input === 7) throw new Error('not yet');
    return input;
  }, 5);
  here.items.put('b', 'k', upTo(12));
  await here.worker();
  const run = await here.start(chartOf({ ItemReader: reader, MaxConcurrency: 2 }));
  expect(await ended(here, run)).toEqual(exceeded);
  broken = false;
  await here.operations.redriveRun(run);
  await vi.waitFor(() => expect(here.root(run, 1)?.outcome).toEqual({ status: 'Succeeded', output: upTo(12) }), {
    timeout: 15_000,
  });
});

test('MaxItems that ends in the middle of a batch, and at the end of a round', async () => {
  const here = crew((input) => input, 2);
  here.items.put('b', 'k', upTo(30));
  await here.worker();
  const ItemReader = { ...reader, ReaderConfig: { InputType: 'JSON', MaxItems: 12 } };
  const map = { ItemReader, ItemBatcher: { MaxItemsPerBatch: 5 }, MaxConcurrency: 1 };
  const run = await here.start(chartOf(map, { Type: 'Pass' }));
  const batches = [upTo(5), upTo(10).slice(5), upTo(12).slice(10)];
  expect(await ended(here, run)).toEqual({ status: 'Succeeded', output: batches.map((Items) => ({ Items })) });
});

test('an object is as many items as it has members, each with its key', async () => {
  const here = crew((input) => input, 2);
  await here.worker();
  const members = { a: 1, b: { x: 2 }, c: null };
  const plain = await here.start(chartOf({}, { Type: 'Pass' }), members);
  const Items = Object.entries(members).map(([Key, Value]) => ({ Key, Value }));
  expect(await ended(here, plain)).toEqual({ status: 'Succeeded', output: Items });
});

test('an ItemSelector sees key, value, index and source of a member', async () => {
  const here = crew((input) => input, 2);
  await here.worker();
  const ItemSelector = {
    'k.$': '$$.Map.Item.Key',
    'v.$': '$$.Map.Item.Value',
    'i.$': '$$.Map.Item.Index',
    's.$': '$$.Map.Item.Source',
  };
  const run = await here.start(chartOf({ ItemsPath: '$.all', ItemSelector }, { Type: 'Pass' }), {
    all: { a: 1, b: 2 },
  });
  expect(await ended(here, run)).toEqual({
    status: 'Succeeded',
    output: [
      { k: 'a', v: 1, i: 0, s: 'STATE_DATA' },
      { k: 'b', v: 2, i: 1, s: 'STATE_DATA' },
    ],
  });
});

test('items that are nothing, false or empty are items', async () => {
  const here = crew((input) => input, 3);
  await here.worker();
  const items = [null, false, 0, '', [], {}];
  const run = await here.start(chartOf({ MaxConcurrency: 1 }, { Type: 'Pass' }), items);
  expect(await ended(here, run)).toEqual({ status: 'Succeeded', output: items });
});
