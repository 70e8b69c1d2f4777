import { LineCounter, parseDocument } from 'yaml';
import type { AwsWords } from '#engine/chart/aws-words';
import { duplicateKeys } from '#engine/chart/duplicate-keys';
import { jsonMistake } from '#engine/chart/json-mistake';
import type { Problems } from '#engine/chart/problems';
import type { Json } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';

/** The longest text of a chart, in characters. */
export const maxChartText = 1_048_576;
/** How deep a chart's values may be nested, so that no document exhausts the stack. */
export const maxChartDepth = 200;

/** What AWS says of a definition that is no object. */
export const notAnObject: AwsWords = { message: 'Definition must be a valid JSON object', location: null };

/**
 * The value of a JSON or YAML text. Adds what is wrong with it and returns `undefined`. YAML 1.2: JSON is a part of it. In AWS's words a text that begins
 * with `{`, or comes to no object, must be JSON; another one is read as the JSON that its YAML stands for.
 */
export const parseText = (text: string, problems: Problems): Json | undefined => {
  if (text.length > maxChartText) {
    problems.add('TEXT_TOO_LARGE', '', `The chart has ${text.length} characters; ${maxChartText} are allowed.`);
    return undefined;
  }
  const trimmed = text.trimStart();
  if (trimmed === '') {
    problems.add('NOT_A_CHART', '', 'The text is empty.', undefined, notAnObject);
    return undefined;
  }
  if (nestedTooDeep(trimmed)) {
    problems.add('TOO_DEEP', '', `Values are nested more than ${maxChartDepth} deep.`);
    return undefined;
  }
  if (trimmed.startsWith('{')) {
    try {
      const value = JSON.parse(text) as Json;
      for (const pointer of duplicateKeys(text)) {
        const [, state] = /\/States\/([^/]*)$/.exec(pointer) ?? [];
        const message = 'This member is given twice in one object; only the last would count.';
        const words: AwsWords = { code: 'DUPLICATE_STATE_NAME', message: `Duplicate State name: ${plain(state)}` };
        problems.add('DUPLICATE_KEY', pointer, message, undefined, state === undefined ? undefined : words);
      }
      return value;
    } catch {
      // Not JSON: maybe YAML's flow style. Its parser also says where the mistake is.
      if (problems.profile === 'aws') return notJson(text, problems);
    }
  }
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
    for (const error of document.errors) {
      const { line, col } = lines.linePos(error.pos[0]);
      problems.add(
        'INVALID_SYNTAX',
        '',
        `Line ${line}, column ${col}: ${error.code === 'MULTIPLE_DOCS' ? 'A second document begins here; a chart is one document.' : `${error.message}.`}`,
      );
    }
    if (document.errors.length > 0) return undefined;
    const value = document.toJS({ maxAliasCount: 100 }) as Json;
    return problems.profile === 'aws' && !isObject(value) && !isJson(text) ? notJson(text, problems) : value;
  } catch (error) {
    if (error instanceof RangeError) problems.add('TOO_DEEP', '', `Values are nested more than ${maxChartDepth} deep.`);
    else problems.add('INVALID_SYNTAX', '', `The text is neither JSON nor YAML: ${(error as Error).message}`);
    return undefined;
  }
};

const plain = (step = ''): string => step.replaceAll('~1', '/').replaceAll('~0', '~');

const notJson = (text: string, problems: Problems): undefined => {
  problems.add('INVALID_SYNTAX', '', 'The text is no JSON.', undefined, jsonMistake(text));
  return undefined;
};

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** Brackets nested beyond the bound, seen before a parser recurses into them. Brackets inside strings count too: no chart needs so many. */
const nestedTooDeep = (text: string): boolean => {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '{' || char === '[') {
      if (++depth > maxChartDepth * 2) return true;
    } else if (char === '}' || char === ']') depth--;
  }
  return false;
};

/** True where a value has no more than so many levels, and nothing that JSON has not (a Date or NaN from YAML, undefined). */
export const isPlainJson = (value: unknown, levels = maxChartDepth): boolean => {
  if (levels === 0) return false;
  if (isArray(value as Json)) return (value as readonly unknown[]).every((item) => isPlainJson(item, levels - 1));
  if (isObject(value as Json)) {
    const prototype = Object.getPrototypeOf(value);
    return (
      (prototype === Object.prototype || prototype === null) &&
      Object.values(value as object).every((item) => isPlainJson(item, levels - 1))
    );
  }
  return (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value))
  );
};
