import { type AwsWords, notReference, notSupported, ofType, oneNeeded, oneOf, required } from '#engine/chart/aws-words';
import { checkExclusive, checkExpression, checkNumber, checkNumberPath, checkType } from '#engine/chart/check';
import { checkDistributed, checkInline } from '#engine/chart/check-distributed';
import { checkFields } from '#engine/chart/check-fields';
import { checkJsonata } from '#engine/chart/check-jsonata';
import { into } from '#engine/chart/problems';
import type { Check, CheckNested } from '#engine/chart/under-check';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';

/** Checks what a Map state has beside the fields of every state. */
export const checkMap = (check: Check, state: JsonObject, pointer: string, nested: CheckNested): void => {
  const { problems } = check;
  checkExclusive(check, state, pointer, ['ItemProcessor', 'Iterator']);
  checkExclusive(check, state, pointer, ['ItemSelector', 'Parameters']);
  const field = state.ItemProcessor === undefined && state.Iterator !== undefined ? 'Iterator' : 'ItemProcessor';
  const processor = state[field];
  if (processor === undefined)
    problems.add(
      'MISSING_FIELD',
      into(pointer, field),
      "A Map state needs 'ItemProcessor'.",
      undefined,
      oneNeeded(pointer, ['ItemProcessor', 'Iterator']),
    );
  else {
    nested(processor, into(pointer, field), 'processor', check.caught || state.Catch !== undefined);
    if (isObject(processor))
      checkConfig(check, processor.ProcessorConfig, into(into(pointer, field), 'ProcessorConfig'));
  }
  const { ItemsPath: path } = state;
  if (path !== undefined) checkExpression(check, path, into(pointer, 'ItemsPath'), 'path-or-intrinsic');
  // Ours may be made by an intrinsic function.
  if (typeof path === 'string' && path.startsWith('States.'))
    check.problems.addAws(into(pointer, 'ItemsPath'), notReference(path));
  checkNumber(check, state, 'MaxConcurrency', pointer, { least: 0, integer: true });
  checkNumber(check, state, 'ToleratedFailureCount', pointer, { least: 0, integer: true });
  checkNumber(check, state, 'ToleratedFailurePercentage', pointer, { least: 0, most: 100, integer: false });
  for (const name of ['MaxConcurrency', 'ToleratedFailureCount', 'ToleratedFailurePercentage'])
    checkNumberPath(check, state, name, pointer);
  const config = isObject(processor) ? processor.ProcessorConfig : undefined;
  const distributed = isObject(config) && config.Mode === 'DISTRIBUTED';
  if (distributed) checkDistributed(check, state, pointer);
  else checkInline(check, state, pointer);
  if (state.Items !== undefined) checkItems(check, state.Items, into(pointer, 'Items'), distributed);
  if (checkType(check, state, 'Label', pointer, 'string'))
    checkLabel(check, state.Label as string, into(pointer, 'Label'));
};

/** An array with expressions anywhere in it, or an expression that gives one; a distributed Map also takes an object, whose members are its items. */
const checkItems = (check: Check, items: Json, pointer: string, distributed: boolean): void => {
  if (isArray(items) || (distributed && isObject(items))) checkJsonata(check, items, pointer);
  else if (typeof items === 'string') checkJsonata(check, items, pointer, { only: true });
  else
    check.problems.add('INVALID_VALUE', pointer, "'Items' must be an array, or a JSONata expression that gives one.");
};

const checkConfig = (check: Check, config: Json | undefined, pointer: string): void => {
  if (config === undefined) return;
  if (!isObject(config)) {
    check.problems.add('INVALID_VALUE', pointer, "'ProcessorConfig' must be an object.", undefined, ofType('object'));
    return;
  }
  checkFields(check, config, pointer, ['Mode', 'ExecutionType']);
  const { Mode: mode = 'INLINE', ExecutionType: type } = config;
  const bad = (field: string, message: string, words: AwsWords): void =>
    check.problems.add('INVALID_VALUE', into(pointer, field), message, undefined, words);
  if (mode !== 'INLINE' && mode !== 'DISTRIBUTED')
    bad('Mode', "'Mode' must be 'INLINE' or 'DISTRIBUTED'.", oneOf('INLINE', 'DISTRIBUTED'));
  if (mode === 'DISTRIBUTED' && check.options.type === 'EXPRESS')
    bad('Mode', 'An Express state machine has no distributed Map.', {
      message: "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines",
    });
  if (type !== undefined && type !== 'STANDARD' && type !== 'EXPRESS')
    bad('ExecutionType', "'ExecutionType' must be 'STANDARD' or 'EXPRESS'.", oneOf('STANDARD', 'EXPRESS'));
  else if (type !== undefined && mode === 'INLINE')
    check.problems.addAws(into(pointer, 'ExecutionType'), notSupported('ExecutionType', pointer));
  if (mode === 'DISTRIBUTED' && type === undefined)
    check.problems.add(
      'MISSING_FIELD',
      into(pointer, 'ExecutionType'),
      "A distributed Map needs 'ExecutionType'.",
      undefined,
      required(pointer, 'ExecutionType'),
    );
};

/** At most 40 characters, none that AWS refuses in a name: blanks, wildcards, brackets, some marks and control characters; each once in a chart. */
const checkLabel = (check: Check, label: string, pointer: string): void => {
  const { problems, labels } = check;
  const bad = (message: string, words: string): void =>
    problems.add('INVALID_VALUE', pointer, message, undefined, { code: 'INVALID_LABEL_NAME', message: words });
  const first = labels.get(label);
  if (first === undefined) labels.set(label, pointer);
  else
    problems.add('DUPLICATE_LABEL', pointer, `The label '${label}' is already taken by ${first}.`, undefined, {
      message: `Duplicate Label name: ${label}`,
    });
  if (label.length > 40)
    bad(
      "'Label' has at most 40 characters.",
      'Invalid Label name: Label exceeds the 40-character limit allowed by the service',
    );
  for (const char of label) {
    const code = char.codePointAt(0) as number;
    if (' \t\n?*<>{}[]:;,\\|^~$#%&`"'.includes(char) || code < 0x20 || (code >= 0x7f && code <= 0x9f)) {
      const shown = JSON.stringify(char);
      bad(`'Label' must not contain ${shown}.`, `Invalid Label name: Label contains the invalid character ${shown}`);
      return;
    }
  }
};
