import type { Check } from '#engine/chart/check';
import { jsonataFields } from '#engine/chart/fields';
import { into } from '#engine/chart/problems';
import { didYouMean } from '#engine/chart/suggest';
import type { JsonObject } from '#engine/json';

/** Reports fields that a place does not have. */
export const checkFields = (check: Check, text: JsonObject, pointer: string, known: readonly string[]): void => {
  for (const field of Object.keys(text)) {
    if (known.includes(field)) continue;
    const jsonata = jsonataFields.has(field) ? 'it belongs to the query language JSONata' : undefined;
    const what = text.Type === undefined ? 'here' : `in a ${String(text.Type)} state`;
    check.problems.add(
      'UNKNOWN_FIELD',
      into(pointer, field),
      `There is no field '${field}' ${what}.`,
      didYouMean(field, known) ?? jsonata,
    );
  }
};

/** JSONata has its place in `engine/expression/`; until it is filled, it is refused here and nowhere else. */
export const checkQueryLanguage = (check: Check, text: JsonObject, pointer: string): void => {
  const language = text.QueryLanguage;
  if (language === undefined || language === 'JSONPath') return;
  const at = into(pointer, 'QueryLanguage');
  if (language === 'JSONata')
    check.problems.add(
      'NOT_YET_SUPPORTED',
      at,
      'The query language JSONata is not yet supported by this version; use JSONPath.',
    );
  else
    check.problems.add(
      'INVALID_VALUE',
      at,
      "'QueryLanguage' must be 'JSONPath' or 'JSONata'.",
      typeof language === 'string' ? didYouMean(language, ['JSONPath', 'JSONata']) : undefined,
    );
};
