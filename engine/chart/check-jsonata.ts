import type { AwsWords } from '#engine/chart/aws-words';
import { into } from '#engine/chart/problems';
import type { Check } from '#engine/chart/under-check';
import { warnUnknownMember, warnUnknownVariable } from '#engine/chart/warnings';
import { ExpressionSyntaxError } from '#engine/expression/expression';
import { type Reference, referencesOf } from '#engine/expression/jsonata-references';
import { type Given, jsonataIn } from '#engine/expression/jsonata-template';
import type { Json } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';
import { JsonataError } from '#engine/jsonata/error';
import { readJsonata } from '#engine/jsonata/jsonata';

/** Where a value of JSONata stands. */
interface Place {
  /** What may be read beside the input: `$states.result` or `$states.errorOutput`. */
  readonly given?: Given;
  /** The value must be an expression. */
  readonly only?: boolean;
}

/** Checks every expression in a value of JSONata: its syntax, and that it reads nothing that is not there. */
export const checkJsonata = (check: Check, value: Json, pointer: string, place: Place = {}): void => {
  if (isArray(value))
    value.forEach((item, i) => {
      checkJsonata(check, item, into(pointer, i), place);
    });
  else if (isObject(value))
    for (const [key, item] of Object.entries(value)) checkJsonata(check, item, into(pointer, key), place);
  if (typeof value !== 'string') return;
  try {
    const text = jsonataIn(value);
    if (text !== undefined)
      checkReferences(check, value, referencesOf(readJsonata(text)), pointer, place.given ?? null);
    else if (place.only === true)
      refuse(check, pointer, `'${value}' is no expression: it stands between '{%' and '%}'`);
  } catch (error) {
    if (error instanceof ExpressionSyntaxError) refuse(check, pointer, `'${value}': ${error.message}`);
    else if (error instanceof JsonataError)
      refuse(check, pointer, `'${value}': ${error.code}: ${error.message}`, {
        code: 'INVALID_JSONATA_EXPRESSION',
        message: error.message,
      });
    else throw error;
  }
};

const unmarked: AwsWords = { message: 'JSONata string must start with {% and end with %}' };

const refuse = (check: Check, pointer: string, message: string, words: AwsWords = unmarked): void =>
  check.problems.add('INVALID_EXPRESSION', pointer, `${message}.`, undefined, words);

/** In a chart an expression is applied to nothing: what comes in is `$states.input`, and only a few places have more than that. */
const checkReferences = (
  check: Check,
  value: string,
  references: readonly Reference[],
  pointer: string,
  given: Given,
): void => {
  for (const reference of references) {
    const { kind, name } = reference;
    if (kind === 'variable') {
      warnUnknownVariable(check, name, pointer);
      continue;
    }
    if (kind === 'states' && name !== 'result' && name !== 'errorOutput') {
      warnUnknownMember(check, name, pointer);
      continue;
    }
    if (kind === 'states' && name === given) continue;
    const [message, words] = told(reference);
    refuse(check, pointer, `'${value}': ${message}`, { code: 'UNSUPPORTED_JSONATA_EXPRESSION', message: words });
  }
};

const told = ({ kind, name }: Reference): readonly [ours: string, aws: string] => {
  if (kind === 'states') {
    const where =
      name === 'result' ? "'Output' and 'Assign' of a Task, Parallel or Map" : "'Output' and 'Assign' of a Catch";
    return [`there is no $states.${name} here: it is known in ${where}`, `Field '$states.${name}' does not exist.`];
  }
  if (kind === 'root')
    return ['there is no $$ here: what comes in is $states.input', "Reference to '$$' is not supported."];
  const instead = name === '$' ? '' : `, a variable is $${name}`;
  return [
    `'${name}' reads the top level, where nothing is: what comes in is $states.input${instead}`,
    `Reference to '${name}' at the top level is not supported.`,
  ];
};
