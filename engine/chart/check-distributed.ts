import { empty, notSupported, ofType, oneOf, otherLanguage, required } from '#engine/chart/aws-words';
import { checkNumber, checkNumberPath, checkTemplate, checkType } from '#engine/chart/check';
import { checkFields } from '#engine/chart/check-fields';
import { into } from '#engine/chart/problems';
import type { Check } from '#engine/chart/under-check';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';

/** The most items that a reader takes, and the most bytes of a batch (AWS: "ItemReader", "ItemBatcher"). */
const mostItems = 100_000_000;
const mostBatchBytes = 262_144;

/** Checks what only a distributed Map has: what reads its items, puts them together and writes the results. */
export const checkDistributed = (check: Check, state: JsonObject, pointer: string): void => {
  const { ItemReader: reader, ItemBatcher: batcher, ResultWriter: writer } = state;
  for (const field of onlyDistributed) checkType(check, state, field, pointer, 'object');
  if (isObject(reader)) {
    const at = into(pointer, 'ItemReader');
    checkFields(check, reader, at, ['Resource', 'ReaderConfig', ...calls]);
    checkCall(check, reader, at);
    checkResource(check, reader, at, ['arn:aws:states:::s3:getObject', 'arn:aws:states:::s3:listObjectsV2']);
    const given = check.jsonata ? 'Arguments' : 'Parameters';
    if (reader[given] === undefined)
      check.problems.add(
        'MISSING_FIELD',
        into(at, given),
        `'ItemReader' needs '${given}' with the 'Bucket' that it reads from.`,
        undefined,
        null,
      );
    const { ReaderConfig: config } = reader;
    if (checkType(check, reader, 'ReaderConfig', at, 'object') && isObject(config))
      checkReaderConfig(check, config, into(at, 'ReaderConfig'));
  }
  if (isObject(batcher)) {
    const at = into(pointer, 'ItemBatcher');
    checkFields(check, batcher, at, [...withPaths('MaxItemsPerBatch', 'MaxInputBytesPerBatch'), 'BatchInput']);
    checkBound(check, batcher, 'MaxItemsPerBatch', at, 1);
    checkBound(check, batcher, 'MaxInputBytesPerBatch', at, 1, mostBatchBytes);
    if (batcher.BatchInput !== undefined) checkTemplate(check, batcher.BatchInput, into(at, 'BatchInput'));
  }
  if (isObject(writer)) checkWriter(check, writer, into(pointer, 'ResultWriter'));
};

/** What only a distributed Map has. */
export const onlyDistributed = ['ItemReader', 'ItemBatcher', 'ResultWriter'];

/** What a call is given, in either query language; the other's is reported as such. */
const calls = ['Parameters', 'Arguments'];

const withPaths = (...fields: readonly string[]): string[] => fields.flatMap((field) => [field, `${field}Path`]);

/** An inline Map has none of it: its items are in its input, and a failure of one fails it. */
export const checkInline = (check: Check, state: JsonObject, pointer: string): void => {
  for (const field of onlyDistributed)
    if (state[field] !== undefined)
      check.problems.add(
        'UNKNOWN_FIELD',
        into(pointer, field),
        `Only a distributed Map has '${field}'.`,
        'ItemProcessor.ProcessorConfig with "Mode": "DISTRIBUTED" and an "ExecutionType"',
        // AWS stores it, and fails each run of it (floci, pull request 1588).
        null,
      );
  for (const field of Object.keys(state).filter((each) => each.startsWith('ToleratedFailure')))
    check.problems.warn(
      'NO_TOLERANCE',
      into(pointer, field),
      `An inline Map fails with its first item that fails: '${field}' counts in a distributed one.`,
    );
};

const checkWriter = (check: Check, writer: JsonObject, pointer: string): void => {
  checkFields(check, writer, pointer, ['Resource', 'WriterConfig', ...calls]);
  checkCall(check, writer, pointer);
  const { Resource: resource, WriterConfig: config } = writer;
  if (resource === undefined && config === undefined)
    check.problems.add(
      'MISSING_FIELD',
      into(pointer, 'Resource'),
      "'ResultWriter' needs a 'Resource' that it writes by, a 'WriterConfig', or both.",
      undefined,
      // AWS stores one without fields, and fails each run of it (aws-cdk, pull request 33831).
      Object.keys(writer).length === 0 ? null : required(pointer, 'Resource'),
    );
  if (resource !== undefined) {
    checkResource(check, writer, pointer, ['arn:aws:states:::s3:putObject']);
    const field = check.jsonata ? 'Arguments' : 'Parameters';
    if (writer[field] === undefined)
      check.problems.add(
        'MISSING_FIELD',
        into(pointer, field),
        `'ResultWriter' needs '${field}' with the 'Bucket' that it writes to.`,
        undefined,
        required(pointer, field),
      );
  }
  if (!checkType(check, writer, 'WriterConfig', pointer, 'object') || !isObject(config)) return;
  const at = into(pointer, 'WriterConfig');
  checkFields(check, config, at, ['OutputType', 'Transformation']);
  checkWord(check, config, 'Transformation', at, ['NONE', 'COMPACT', 'FLATTEN']);
  checkWord(check, config, 'OutputType', at, ['JSON', 'JSONL']);
};

/** What is called: one of a few. */
const checkResource = (check: Check, text: JsonObject, pointer: string, known: readonly string[]): void => {
  if (text.Resource === undefined)
    check.problems.add(
      'MISSING_FIELD',
      into(pointer, 'Resource'),
      `The field 'Resource' is missing: ${known.join(' or ')}.`,
      undefined,
      required(pointer, 'Resource'),
    );
  // In another partition of AWS it has another second part.
  else checkWord(check, { Resource: inAws(text.Resource) }, 'Resource', pointer, known);
};

const inAws = (resource: Json): Json =>
  typeof resource === 'string' ? resource.replace(/^arn:[^:]+:/, 'arn:aws:') : resource;

/** One word of a few, where it is there. */
const checkWord = (check: Check, text: JsonObject, field: string, pointer: string, words: readonly string[]): void => {
  const value = text[field];
  if (value === undefined || words.includes(value as string)) return;
  check.problems.add(
    'INVALID_VALUE',
    into(pointer, field),
    `'${field}' must be ${words.map((word) => `'${word}'`).join(' or ')}.`,
    undefined,
    oneOf(...words),
  );
};

/** A number, in JSONPath also by a path. */
const checkBound = (
  check: Check,
  text: JsonObject,
  field: string,
  pointer: string,
  least: number,
  most?: number,
): void => {
  checkNumber(check, text, field, pointer, { least, integer: true, ...(most === undefined ? null : { most }) });
  if (!check.jsonata) checkNumberPath(check, text, field, pointer);
  else if (text[`${field}Path`] !== undefined) reportForeign(check, `${field}Path`, pointer);
};

/** What a call is given: `Parameters` in JSONPath, `Arguments` in JSONata. */
const checkCall = (check: Check, text: JsonObject, pointer: string): void => {
  const [own, foreign] = check.jsonata ? ['Arguments', 'Parameters'] : ['Parameters', 'Arguments'];
  if (text[foreign as string] !== undefined) reportForeign(check, foreign as string, pointer);
  const given: Json | undefined = text[own as string];
  if (given !== undefined) checkTemplate(check, given, into(pointer, own as string));
};

const reportForeign = (check: Check, field: string, pointer: string): void =>
  check.problems.add(
    'UNKNOWN_FIELD',
    into(pointer, field),
    `There is no field '${field}' here.`,
    `it belongs to the query language ${check.jsonata ? 'JSONPath' : 'JSONata'}`,
    otherLanguage(field, check.jsonata, pointer),
  );

const checkReaderConfig = (check: Check, config: JsonObject, pointer: string): void => {
  const { InputType: type, CSVHeaderLocation: place, CSVHeaders: names } = config;
  checkFields(check, config, pointer, [
    ...withPaths('MaxItems'),
    'InputType',
    'CSVDelimiter',
    'CSVHeaderLocation',
    'CSVHeaders',
    'ManifestType',
    'Transformation',
    'ItemsPointer',
  ]);
  checkPointer(check, config, pointer);
  if (checkType(check, config, 'CSVHeaders', pointer, 'array') && isArray(names)) {
    const at = into(pointer, 'CSVHeaders');
    if (names.length === 0)
      check.problems.add('INVALID_VALUE', at, "'CSVHeaders' must name at least one field.", undefined, empty);
    names.forEach((name, i) => {
      if (typeof name !== 'string')
        check.problems.add(
          'INVALID_VALUE',
          into(at, i),
          'The name of a field is a string.',
          undefined,
          ofType('string'),
        );
    });
  }
  checkBound(check, config, 'MaxItems', pointer, 0, mostItems);
  checkWord(check, config, 'InputType', pointer, ['CSV', 'JSON', 'JSONL', 'MANIFEST', 'PARQUET']);
  checkWord(check, config, 'CSVDelimiter', pointer, ['COMMA', 'PIPE', 'SEMICOLON', 'SPACE', 'TAB']);
  checkWord(check, config, 'ManifestType', pointer, ['ATHENA_DATA', 'S3_INVENTORY']);
  checkWord(check, config, 'Transformation', pointer, ['NONE', 'LOAD_AND_FLATTEN']);
  const missing = (field: string, words = required(pointer, field)): void =>
    check.problems.add('MISSING_FIELD', into(pointer, field), `The field '${field}' is missing.`, undefined, words);
  const foreign = (field: string, where: string): void =>
    check.problems.add('UNKNOWN_FIELD', into(pointer, field), where, undefined, notSupported(field, pointer));
  if (type === undefined && config.Transformation === 'LOAD_AND_FLATTEN')
    missing('InputType', { message: "The field 'InputType' is required", at: pointer });
  if (type === 'JSON' && config.ManifestType !== undefined)
    foreign(
      'ManifestType',
      "A manifest lists files of CSV, JSON Lines or Parquet: with JSON there is no 'ManifestType'.",
    );
  if (type !== 'CSV') {
    if (place !== undefined) foreign('CSVHeaderLocation', "Only CSV has 'CSVHeaderLocation'.");
    if (names !== undefined) foreign('CSVHeaders', "Only CSV has 'CSVHeaders'.");
    return;
  }
  if (place === undefined)
    missing('CSVHeaderLocation', { message: "The field 'CSVHeaderLocation' is required", at: pointer });
  else checkWord(check, config, 'CSVHeaderLocation', pointer, ['FIRST_ROW', 'GIVEN']);
  if (place === 'GIVEN' && names === undefined) missing('CSVHeaders');
};

/** Where in a JSON file the items are. */
const checkPointer = (check: Check, config: JsonObject, pointer: string): void => {
  const { ItemsPointer: items } = config;
  if (!checkType(check, config, 'ItemsPointer', pointer, 'string') || typeof items !== 'string') return;
  if (items === '' || items.startsWith('/')) return;
  check.problems.add(
    'INVALID_VALUE',
    into(pointer, 'ItemsPointer'),
    `A JSON pointer begins with '/', and ${JSON.stringify(items)} does not.`,
    `write "/${items}"`,
    { message: `Invalid input: JSON Pointer expression must start with '/': "${items}"` },
  );
};
