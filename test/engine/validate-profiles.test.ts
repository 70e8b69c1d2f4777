/** Where AWS's profile and our own part, and what both refuse alike: accepted or not, by each. */
import { expect, test } from 'vitest';
import { validateChart } from '#engine/chart/validate';
import type { Json, JsonObject } from '#engine/json';
import { inner, machine, map, pass, task } from '#test/engine/aws-answers';

const config = { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' };
const distributed = (more: JsonObject, field = config): Json =>
  map({ ...(inner as JsonObject), ProcessorConfig: field }, more);
const getObject = 'arn:aws:states:::s3:getObject';
const reader = (more: JsonObject): Json =>
  distributed({ ItemReader: { Resource: getObject, Parameters: { Bucket: 'b', Key: 'k' }, ...more } });
const choice = (rule: JsonObject): Json => ({ Type: 'Choice', Choices: [{ ...rule, Next: 'End' }], Default: 'End' });
const isNull = { Variable: '$.a', IsNull: true };

/** The first place of each that is refused, or that it is accepted. */
const answers = (state: Json): { own: string; aws: string } => {
  const definition = machine({ Begin: state, End: pass });
  const of = (profile: 'flowbeat' | 'aws'): string => {
    const validated = validateChart(definition, { profile, name: 'c' });
    const errors = validated.ok ? [] : validated.errors.filter(({ pointer }) => pointer.startsWith('/States/Begin/'));
    return errors[0]?.pointer.slice('/States/Begin/'.length) ?? 'accepted';
  };
  return { own: of('flowbeat'), aws: of('aws') };
};

test.each<[string, string, Json]>([
  ['a path that calls a function', 'InputPath', { ...pass, InputPath: '$.list.length()' }],
  ['a function with too few arguments', 'Parameters/x.$', { ...pass, Parameters: { 'x.$': 'States.MathAdd(1)' } }],
  ['a reader of an inline Map', 'ItemReader', map(inner, { ItemReader: { Resource: getObject } })],
  ['an inline Map that writes its results', 'ResultWriter', map(inner, { ResultWriter: {} })],
  ['a path that calls a function at every depth', 'InputPath', { Type: 'Pass', InputPath: '$..length()', End: true }],
  ['a writer that names nothing', 'ResultWriter/Resource', distributed({ ResultWriter: {} })],
])('%s is stored by AWS alone', (_what, place, state) => {
  expect(answers(state)).toEqual({ own: place, aws: 'accepted' });
});

test.each<[string, string, Json]>([
  ['items made by an intrinsic function', 'ItemsPath', map(inner, { ItemsPath: 'States.ArrayRange(1, 3, 1)' })],
  ['seconds from many places', 'SecondsPath', { Type: 'Wait', SecondsPath: '$.a[*]', End: true }],
  ['a timestamp from many places', 'TimestampPath', { Type: 'Wait', TimestampPath: '$..a', End: true }],
  ['a timeout from many places', 'TimeoutSecondsPath', { ...task, TimeoutSecondsPath: '$.a[0,1]' }],
  ['an error from many places', 'ErrorPath', { Type: 'Fail', ErrorPath: '$.a[?(@.b)]' }],
])('%s is refused by AWS alone', (_what, place, state) => {
  expect(answers(state)).toEqual({ own: 'accepted', aws: place });
});

test.each<[string, string, Json]>([
  ['items from nowhere', 'ItemsPath', map(inner, { ItemsPath: null })],
  ['a cause that is a number', 'CausePath', { Type: 'Fail', CausePath: 'States.ArrayLength($.a)' }],
  ['a combiner with a variable', 'Choices/0/Variable', choice({ Variable: '$.a', And: [isNull, isNull] })],
  ['an unknown field of a reader', 'ItemReader/Resources', reader({ Resources: 1 })],
  [
    'an unknown field of its configuration',
    'ItemReader/ReaderConfig/Header',
    reader({ ReaderConfig: { InputType: 'JSON', Header: 1 } }),
  ],
  [
    'no names of fields',
    'ItemReader/ReaderConfig/CSVHeaders',
    reader({ ReaderConfig: { InputType: 'CSV', CSVHeaderLocation: 'GIVEN', CSVHeaders: [] } }),
  ],
  [
    'a name that is none',
    'ItemReader/ReaderConfig/CSVHeaders/1',
    reader({ ReaderConfig: { InputType: 'CSV', CSVHeaderLocation: 'GIVEN', CSVHeaders: ['a', 1] } }),
  ],
  [
    'a pointer that is none',
    'ItemReader/ReaderConfig/ItemsPointer',
    reader({ ReaderConfig: { InputType: 'JSON', ItemsPointer: 5 } }),
  ],
  [
    'a pointer without its first slash',
    'ItemReader/ReaderConfig/ItemsPointer',
    reader({ ReaderConfig: { InputType: 'JSON', ItemsPointer: 'data/items' } }),
  ],
  [
    'objects to be read of no known type',
    'ItemReader/ReaderConfig/InputType',
    reader({ ReaderConfig: { Transformation: 'LOAD_AND_FLATTEN' } }),
  ],
  [
    'a manifest of JSON files',
    'ItemReader/ReaderConfig/ManifestType',
    reader({ ReaderConfig: { InputType: 'JSON', ManifestType: 'ATHENA_DATA' } }),
  ],
  [
    'names of fields where lines have their own',
    'ItemReader/ReaderConfig/CSVHeaders',
    reader({ ReaderConfig: { InputType: 'JSONL', CSVHeaders: ['a'] } }),
  ],
  ['an unknown field of a batcher', 'ItemBatcher/MaxItems', distributed({ ItemBatcher: { MaxItems: 5 } })],
  [
    'an unknown field of a writer',
    'ResultWriter/WriterConfig/Type',
    distributed({ ResultWriter: { WriterConfig: { OutputType: 'JSON', Type: 1 } } }),
  ],
  [
    'an unknown field of the configuration',
    'ItemProcessor/ProcessorConfig/Type',
    distributed({}, { ...config, Type: 1 } as typeof config),
  ],
  [
    'a delay of a year and a day',
    'Retry/0/MaxDelaySeconds',
    { ...task, Retry: [{ ErrorEquals: ['X'], MaxDelaySeconds: 31_622_400 }] },
  ],
  ['a service that is none', 'Resource', { ...task, Resource: 'arn:aws:states:::nothing:doIt' }],
  [
    'a form that the service has not',
    'Resource',
    { ...task, Resource: 'arn:aws:states:::athena:getQueryResults.sync' },
  ],
  ['an object as the items of an inline Map', 'Items', map(inner, { QueryLanguage: 'JSONata', Items: { a: 1 } })],
])('%s is refused by both', (_what, place, state) => {
  expect(answers(state)).toEqual({ own: place, aws: place });
});

test.each<[string, Json]>([
  ['the longest delay', { ...task, Retry: [{ ErrorEquals: ['X'], MaxDelaySeconds: 31_622_399 }] }],
  ['a cause that is made', { Type: 'Fail', CausePath: "States.Format('{} fell', $.a)" }],
  ['an object as the items of a distributed Map', distributed({ QueryLanguage: 'JSONata', Items: { a: 1 } })],
  ['several names picked', { ...pass, InputPath: "$['a','b']" }],
])('%s is accepted by both', (_what, state) => {
  expect(answers(state)).toEqual({ own: 'accepted', aws: 'accepted' });
});

test('an integration that this version has not is stored for AWS alone', () => {
  const state = { ...task, Resource: 'arn:aws:states:::glue:startJobRun.sync' };
  expect(answers(state)).toEqual({ own: 'Resource', aws: 'accepted' });
});
