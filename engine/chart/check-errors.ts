import { empty, ofType, oneOf, required } from '#engine/chart/aws-words';
import { checkAssign, checkExpression, checkNumber, checkTemplate } from '#engine/chart/check';
import { checkFields } from '#engine/chart/check-fields';
import { catcherFields, jsonataCatcherFields, retrierFields } from '#engine/chart/fields';
import { into } from '#engine/chart/problems';
import { listed } from '#engine/chart/suggest';
import type { Check } from '#engine/chart/under-check';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';
import { errorNames } from '#engine/states-error';

/** Checks the rules of a `Retry`. */
export const checkRetry = (check: Check, rules: Json | undefined, pointer: string): void =>
  checkRules(check, rules, pointer, [retrierFields], (rule, at) => {
    checkNumber(check, rule, 'IntervalSeconds', at, { least: 1, most: 99_999_999, integer: true });
    checkNumber(check, rule, 'MaxAttempts', at, { least: 0, most: 99_999_999, integer: true });
    checkNumber(check, rule, 'BackoffRate', at, { least: 1, integer: false });
    checkNumber(check, rule, 'MaxDelaySeconds', at, { least: 1, most: 31_622_399, integer: true });
    const { MaxDelaySeconds: most, IntervalSeconds: interval, JitterStrategy: jitter } = rule;
    if (typeof most === 'number' && typeof interval === 'number' && most <= interval) {
      check.problems.add(
        'INVALID_VALUE',
        into(at, 'MaxDelaySeconds'),
        "'MaxDelaySeconds' must be greater than 'IntervalSeconds'.",
      );
    }
    if (jitter !== undefined && jitter !== 'FULL' && jitter !== 'NONE') {
      check.problems.add(
        'INVALID_VALUE',
        into(at, 'JitterStrategy'),
        "'JitterStrategy' must be 'FULL' or 'NONE'.",
        undefined,
        oneOf('NONE', 'FULL'),
      );
    }
  });

/** Checks the rules of a `Catch`. */
export const checkCatch = (check: Check, rules: Json | undefined, pointer: string): void =>
  checkRules(check, rules, pointer, catcherTables(check), (rule, at) => {
    if (typeof rule.Next !== 'string')
      check.problems.add(
        'MISSING_FIELD',
        into(at, 'Next'),
        "A Catch rule needs 'Next', the name of a state.",
        listed(check.targets),
        rule.Next === undefined ? required(at, 'Next') : ofType('string'),
      );
    const { ResultPath: path } = rule;
    if (path !== undefined && path !== null) checkExpression(check, path, into(at, 'ResultPath'), 'reference');
    if (rule.Output !== undefined) checkTemplate(check, rule.Output, into(at, 'Output'), 'errorOutput');
    checkAssign(check, rule.Assign, into(at, 'Assign'), 'errorOutput');
  });

const catcherTables = (check: Check): readonly (readonly string[])[] =>
  check.jsonata ? [jsonataCatcherFields, catcherFields] : [catcherFields, jsonataCatcherFields];

const checkRules = (
  check: Check,
  rules: Json | undefined,
  pointer: string,
  [fields = [], other]: readonly (readonly string[])[],
  more: (rule: JsonObject, pointer: string) => void,
): void => {
  if (rules === undefined) return;
  if (!isArray(rules)) {
    check.problems.add('INVALID_VALUE', pointer, 'An array of rules is expected.', undefined, ofType('array'));
    return;
  }
  rules.forEach((rule, i) => {
    const at = into(pointer, i);
    if (!isObject(rule)) {
      check.problems.add('INVALID_VALUE', at, 'A rule must be an object.', undefined, ofType('object'));
      return;
    }
    checkFields(check, rule, at, fields, other);
    checkErrorEquals(check, rule.ErrorEquals, at, i === rules.length - 1);
    more(rule, at);
  });
};

const misplaced = { message: 'States.ALL must appear alone and at end of list' };

const checkErrorEquals = (check: Check, names: Json | undefined, rule: string, last: boolean): void => {
  const pointer = into(rule, 'ErrorEquals');
  if (!isArray(names) || names.length === 0 || names.some((name) => typeof name !== 'string')) {
    check.problems.add(
      names === undefined ? 'MISSING_FIELD' : 'INVALID_VALUE',
      pointer,
      "'ErrorEquals' must be an array of at least one error name.",
      undefined,
      names === undefined
        ? required(rule, 'ErrorEquals')
        : isArray(names) && names.length === 0
          ? empty
          : ofType('array'),
    );
    return;
  }
  if (!names.includes(errorNames.all)) return;
  if (names.length > 1)
    check.problems.add('STATES_ALL_MISPLACED', pointer, 'States.ALL must stand alone.', undefined, misplaced);
  if (!last)
    check.problems.add(
      'STATES_ALL_MISPLACED',
      pointer,
      'States.ALL must be in the last rule: no rule after it would ever be used.',
      undefined,
      names.length > 1 ? null : misplaced,
    );
};
