import { notSupported, ofType, oneOf, otherLanguage } from '#engine/chart/aws-words';
import { into } from '#engine/chart/problems';
import { didYouMean } from '#engine/chart/suggest';
import type { Check } from '#engine/chart/under-check';
import type { JsonObject } from '#engine/json';

/** Reports fields that a place does not have. `other`: those that it has in the other query language. */
export const checkFields = (
  check: Check,
  text: JsonObject,
  pointer: string,
  known: readonly string[],
  other: readonly string[] = [],
): void => {
  for (const field of Object.keys(text)) {
    if (known.includes(field)) continue;
    const foreign = other.includes(field);
    const what = text.Type === undefined ? 'here' : `in a ${String(text.Type)} state`;
    check.problems.add(
      'UNKNOWN_FIELD',
      into(pointer, field),
      `There is no field '${field}' ${what}.`,
      foreign ? `it belongs to the query language ${check.jsonata ? 'JSONPath' : 'JSONata'}` : didYouMean(field, known),
      foreign ? otherLanguage(field, check.jsonata, pointer) : notSupported(field, pointer),
    );
  }
};

/** Whether a state would be in JSONPath in a chart in JSONata, which has none. */
export const isDowngrade = (machine: Check, state: JsonObject): boolean =>
  machine.jsonata && state.QueryLanguage === 'JSONPath';

/** Checks the query language of a machine or of a state in it. */
export const checkQueryLanguage = (machine: Check, text: JsonObject, pointer: string): void => {
  const language = text.QueryLanguage;
  const at = into(pointer, 'QueryLanguage');
  if (isDowngrade(machine, text))
    machine.problems.add(
      'INVALID_VALUE',
      at,
      "'QueryLanguage' cannot be 'JSONPath' where the state machine around it is written in JSONata.",
      undefined,
      { message: "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine", at: pointer },
    );
  if (language === undefined || language === 'JSONata' || language === 'JSONPath') return;
  machine.problems.add(
    'INVALID_VALUE',
    at,
    "'QueryLanguage' must be 'JSONPath' or 'JSONata'.",
    typeof language === 'string' ? didYouMean(language, ['JSONPath', 'JSONata']) : undefined,
    typeof language === 'string' ? oneOf('JSONPath', 'JSONata') : ofType('string'),
  );
};
