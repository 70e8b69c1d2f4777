import type { Check } from '#engine/chart/check';
import { jsonataFields, pathFields } from '#engine/chart/fields';
import { into } from '#engine/chart/problems';
import { didYouMean } from '#engine/chart/suggest';
import type { JsonObject } from '#engine/json';

/** Reports fields that a place does not have. */
export const checkFields = (check: Check, text: JsonObject, pointer: string, known: readonly string[]): void => {
  for (const field of Object.keys(text)) {
    if (known.includes(field)) continue;
    const other =
      pathFields.has(field) || field.endsWith('Path') ? 'JSONPath' : jsonataFields.has(field) ? 'JSONata' : '';
    const language = other === '' ? undefined : `it belongs to the query language ${other}`;
    const what = text.Type === undefined ? 'here' : `in a ${String(text.Type)} state`;
    check.problems.add(
      'UNKNOWN_FIELD',
      into(pointer, field),
      `There is no field '${field}' ${what}.`,
      language ?? didYouMean(field, known),
    );
  }
};

/** Checks the query language of a machine or a state. A chart in JSONata has no state in JSONPath. */
export const checkQueryLanguage = (check: Check, text: JsonObject, pointer: string): void => {
  const language = text.QueryLanguage;
  if (language === undefined || language === 'JSONata') return;
  const at = into(pointer, 'QueryLanguage');
  if (language !== 'JSONPath')
    check.problems.add(
      'INVALID_VALUE',
      at,
      "'QueryLanguage' must be 'JSONPath' or 'JSONata'.",
      typeof language === 'string' ? didYouMean(language, ['JSONPath', 'JSONata']) : undefined,
    );
  else if (check.jsonata)
    check.problems.add(
      'INVALID_VALUE',
      at,
      "'QueryLanguage' cannot be 'JSONPath' where the state machine around it is written in JSONata.",
    );
};
