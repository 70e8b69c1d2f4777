import { notSupported, oneOf, otherLanguage, required } from '#engine/chart/aws-words';
import { checkNumber, checkNumberPath, checkTemplate } from '#engine/chart/check';
import { into } from '#engine/chart/problems';
import type { Check } from '#engine/chart/under-check';
import type { Json, JsonObject } from '#engine/json';
import { isObject } from '#engine/json-values';

/** The most items that a reader takes, and the most bytes of a batch (AWS: "ItemReader", "ItemBatcher"). */
const mostItems = 100_000_000;
const mostBatchBytes = 262_144;

/** Checks what only a distributed Map has: what reads its items, puts them together and writes the results. */
export const checkDistributed = (check: Check, state: JsonObject, pointer: string): void => {
  const { ItemReader: reader, ItemBatcher: batcher, ResultWriter: writer } = state;
  if (isObject(reader)) {
    checkCall(check, reader, into(pointer, 'ItemReader'));
    const { ReaderConfig: config } = reader;
    if (isObject(config)) checkReaderConfig(check, config, into(into(pointer, 'ItemReader'), 'ReaderConfig'));
  }
  if (isObject(batcher)) {
    const at = into(pointer, 'ItemBatcher');
    checkBound(check, batcher, 'MaxItemsPerBatch', at, 1);
    checkBound(check, batcher, 'MaxInputBytesPerBatch', at, 1, mostBatchBytes);
    if (batcher.BatchInput !== undefined) checkTemplate(check, batcher.BatchInput, into(at, 'BatchInput'));
  }
  if (isObject(writer)) checkCall(check, writer, into(pointer, 'ResultWriter'));
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
  const { InputType: type, CSVHeaderLocation: place } = config;
  checkBound(check, config, 'MaxItems', pointer, 0, mostItems);
  const missing = (field: string, words = required(pointer, field)): void =>
    check.problems.add('MISSING_FIELD', into(pointer, field), `The field '${field}' is missing.`, undefined, words);
  if (type === 'CSV' && place === undefined)
    missing('CSVHeaderLocation', { message: "The field 'CSVHeaderLocation' is required", at: pointer });
  if (place === undefined) return;
  const at = into(pointer, 'CSVHeaderLocation');
  if (type !== 'CSV')
    check.problems.add(
      'UNKNOWN_FIELD',
      at,
      "Only CSV has 'CSVHeaderLocation'.",
      undefined,
      notSupported('CSVHeaderLocation', pointer),
    );
  else if (place !== 'FIRST_ROW' && place !== 'GIVEN')
    check.problems.add(
      'INVALID_VALUE',
      at,
      "'CSVHeaderLocation' must be 'FIRST_ROW' or 'GIVEN'.",
      undefined,
      oneOf('FIRST_ROW', 'GIVEN'),
    );
  else if (place === 'GIVEN' && config.CSVHeaders === undefined) missing('CSVHeaders');
};
