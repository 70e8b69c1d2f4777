import type { Json } from '#engine/json';
import type { State } from '#test/sim/cases';
import type { Feature } from '#test/sim/features/feature';
import type { Random } from '#test/support/random';

/** What a distributed Map reads from its bucket. */
export const MAP_ITEMS: readonly Json[] = Array.from({ length: 11 }, (_, i) => i + 1);

/** Where it is. */
export const MAP_OBJECT = { Bucket: 'items', Key: 'all.json' } as const;

/** So few children of one round, so that a small Map has several. */
const ROUND = 3;

/** A distributed Map: rounds of items from a bucket or from its input, alone or in batches, failures that are tolerated or not, results in files or not. */
export const mapRuns: Feature = {
  odds: 0.15,
  cases: (cases, random) => [
    ...cases,
    {
      name: 'mapRun',
      definition: { StartAt: 'items', States: statesOf(random) },
      envelope: random.chance(0.2) ? { breaks: [] } : {},
      input: { n: 1 },
      startAt: random.between(0, 10_000),
      ...(random.chance(0.2) && { cancelAt: random.between(2_000, 25_000) }),
    },
  ],
  setUp(stage) {
    stage.mapRound = ROUND;
    stage.items.put(MAP_OBJECT.Bucket, MAP_OBJECT.Key, MAP_ITEMS);
  },
};

function statesOf(random: Random): Record<string, State> {
  const count = random.pick([0, 1, 3, 4, 7, 11]);
  const fails = random.chance(0.5) ? random.between(1, 11) : 0;
  const inBatches = random.chance(0.3);
  const item = random.pick<State>([
    { Type: 'Pass' },
    { Type: 'Task', Resource: 'activity:add' },
    { Type: 'Wait', Seconds: 1 },
  ]);
  const source: State = random.chance(0.6)
    ? {
        ItemReader: {
          Resource: 'arn:aws:states:::s3:getObject',
          ReaderConfig: { InputType: 'JSON', ...(count > 0 && { MaxItems: count }) },
          Parameters: MAP_OBJECT,
        },
      }
    : { ItemsPath: '$.items' };
  return {
    items: { Type: 'Pass', Parameters: { 'n.$': '$.n', items: MAP_ITEMS.slice(0, count) }, Next: 'map' },
    map: {
      Type: 'Map',
      ...source,
      ItemSelector: { 'n.$': '$$.Map.Item.Value' },
      ...(inBatches && { ItemBatcher: { MaxItemsPerBatch: 2 } }),
      MaxConcurrency: random.pick([0, 1, 2, 3]),
      ...random.pick<State>([{}, { ToleratedFailureCount: 1 }, { ToleratedFailurePercentage: 20 }]),
      ...(random.chance(0.3) && {
        ResultWriter: { Resource: 'arn:aws:states:::s3:putObject', Parameters: { Bucket: 'results' } },
      }),
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        StartAt: 'one',
        States: {
          one: { Type: 'Pass', Parameters: { 'n.$': inBatches ? '$.Items[0].n' : '$.n' }, Next: 'which' },
          which: {
            Type: 'Choice',
            Choices: [{ Variable: '$.n', NumericEquals: fails, Next: 'fatal' }],
            Default: 'item',
          },
          item: { ...item, End: true },
          fatal: { Type: 'Task', Resource: 'activity:fatal', End: true },
        },
      },
      ResultPath: '$.results',
      ...(random.chance(0.3) && {
        Retry: [{ ErrorEquals: ['States.ExceedToleratedFailureThreshold'], IntervalSeconds: 1, MaxAttempts: 1 }],
      }),
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'caught' }],
      Next: 'done',
    },
    caught: { Type: 'Pass', Parameters: { 'n.$': '$.n', 'error.$': '$.error.Error' }, End: true },
    done: { Type: 'Pass', Parameters: { 'n.$': '$.n', 'got.$': '$.results[*].n' }, End: true },
  };
}
