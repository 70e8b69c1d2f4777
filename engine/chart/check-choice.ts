import {
  type AwsWords,
  empty,
  notReference,
  notSupported,
  notTimestamp,
  ofType,
  onlyOne,
  otherLanguage,
  required,
} from '#engine/chart/aws-words';
import { checkAssign, checkExpression, checkTemplate } from '#engine/chart/check';
import { checkJsonata } from '#engine/chart/check-jsonata';
import { comparators, typeTests } from '#engine/chart/compile-choice';
import { into } from '#engine/chart/problems';
import { didYouMean, listed } from '#engine/chart/suggest';
import type { Check } from '#engine/chart/under-check';
import { warnNoPath } from '#engine/chart/warnings';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';
import { parseTimestamp } from '#engine/timestamp';

const combiners = ['And', 'Or', 'Not'];
const operators: readonly string[] = [
  ...comparators.keys(),
  ...[...comparators.keys()].filter((name) => name !== 'StringMatches').map((name) => `${name}Path`),
  ...typeTests.keys(),
];
const others = ['Variable', 'Next', 'Comment', 'Assign'];

/** Checks the rules of a Choice state. */
export const checkChoices = (check: Check, state: JsonObject, pointer: string): void => {
  const { Choices: choices, Default: otherwise } = state;
  const at = into(pointer, 'Choices');
  if (!isArray(choices) || choices.length === 0) {
    check.problems.add(
      choices === undefined ? 'MISSING_FIELD' : 'INVALID_VALUE',
      at,
      "'Choices' must be an array of at least one rule.",
      undefined,
      choices === undefined ? required(pointer, 'Choices') : isArray(choices) ? empty : ofType('array'),
    );
  } else
    choices.forEach((rule, i) => {
      if (check.jsonata) checkJsonataRule(check, rule, into(at, i));
      else checkRule(check, rule, into(at, i), true);
    });
  if (otherwise !== undefined && typeof otherwise !== 'string')
    check.problems.add(
      'INVALID_VALUE',
      into(pointer, 'Default'),
      "'Default' must be the name of a state.",
      undefined,
      ofType('string'),
    );
};

const jsonataRuleFields: readonly string[] = ['Condition', 'Next', 'Output', 'Assign', 'Comment'];

const checkJsonataRule = (check: Check, rule: Json, pointer: string): void => {
  const bad = (message: string, words?: AwsWords | null, at = pointer, suggestion?: string): void =>
    check.problems.add('INVALID_CHOICE_RULE', at, message, suggestion, words);
  if (!isObject(rule)) {
    bad('A Choice rule must be an object.', ofType('object'));
    return;
  }
  for (const key of Object.keys(rule))
    if (!jsonataRuleFields.includes(key))
      bad(
        `There is no field '${key}' in a Choice rule in JSONata.`,
        isPathField(key) ? otherLanguage(key, true, pointer) : notSupported(key, pointer),
        into(pointer, key),
        didYouMean(key, jsonataRuleFields),
      );
  if (typeof rule.Next !== 'string')
    bad(
      "A Choice rule needs 'Next', the name of a state.",
      noNext(rule, pointer),
      into(pointer, 'Next'),
      listed(check.targets),
    );
  const { Condition: condition, Output: output } = rule;
  if (typeof condition === 'string') checkJsonata(check, condition, into(pointer, 'Condition'), { only: true });
  else if (typeof condition !== 'boolean')
    bad(
      "A Choice rule in JSONata needs 'Condition', an expression that gives a boolean.",
      condition !== undefined ? ofType('string') : Object.keys(rule).some(isPathField) ? null : noSelector(pointer),
      into(pointer, 'Condition'),
    );
  if (output !== undefined) checkTemplate(check, output, into(pointer, 'Output'));
  checkAssign(check, rule.Assign, into(pointer, 'Assign'));
};

const isPathField = (key: string): boolean => key === 'Variable' || operators.includes(key) || combiners.includes(key);

const noNext = ({ Next: next }: JsonObject, pointer: string): AwsWords =>
  next === undefined ? required(pointer, 'Next') : ofType('string');

const noSelector = (pointer: string): AwsWords => ({
  message: 'The object must have only one of the following fields, [And, Or, Not, Variable, Condition]',
  at: pointer,
});

const checkRule = (check: Check, rule: Json, pointer: string, top: boolean): void => {
  const bad = (message: string, words?: AwsWords | null, at = pointer, suggestion?: string): void =>
    check.problems.add('INVALID_CHOICE_RULE', at, message, suggestion, words);
  if (!isObject(rule)) {
    bad('A Choice rule must be an object.', ofType('object'));
    return;
  }
  if (top && typeof rule.Next !== 'string')
    bad(
      "A Choice rule needs 'Next', the name of a state.",
      noNext(rule, pointer),
      into(pointer, 'Next'),
      listed(check.targets),
    );
  if (!top && rule.Next !== undefined)
    bad("Only a rule at the top of 'Choices' has 'Next'.", notSupported('Next', pointer), into(pointer, 'Next'));
  if (!top && rule.Assign !== undefined)
    bad("Only a rule at the top of 'Choices' has 'Assign'.", notSupported('Assign', pointer), into(pointer, 'Assign'));
  checkAssign(check, rule.Assign, into(pointer, 'Assign'));
  const keys = Object.keys(rule);
  for (const key of keys) {
    if (!operators.includes(key) && !combiners.includes(key) && !others.includes(key)) {
      bad(
        `There is no operator or field '${key}' in a Choice rule.`,
        jsonataRuleFields.includes(key) ? otherLanguage(key, false, pointer) : notSupported(key, pointer),
        into(pointer, key),
        jsonataRuleFields.includes(key)
          ? 'it belongs to the query language JSONata'
          : didYouMean(key, [...operators, ...combiners, ...others]),
      );
    }
  }
  const used = keys.filter((key) => operators.includes(key) || combiners.includes(key));
  if (used.length !== 1) {
    bad(
      used.length === 0
        ? 'A Choice rule needs an operator.'
        : `A Choice rule has one operator, not ${used.join(' and ')}.`,
      // A rule in the other language has its own answer.
      used.length > 1 ? onlyOne(pointer, used) : rule.Condition !== undefined ? null : noSelector(pointer),
    );
    return;
  }
  const operator = used[0] as string;
  if (combiners.includes(operator)) {
    if (rule.Variable !== undefined)
      bad(
        `A Choice rule with '${operator}' has no 'Variable': those inside it have one.`,
        noSelector(pointer),
        into(pointer, 'Variable'),
      );
    checkCombiner(check, rule, operator, pointer);
    return;
  }
  if (rule.Variable === undefined)
    bad("A Choice rule needs 'Variable'.", noSelector(pointer), into(pointer, 'Variable'));
  else checkExpression(check, rule.Variable, into(pointer, 'Variable'), 'path', noReference(rule.Variable));
  checkOperand(check, rule[operator] as Json, operator, into(pointer, operator));
  warnNoPath(check, rule, pointer, operators);
};

const noReference = (path: Json): AwsWords => (typeof path === 'string' ? notReference(path) : ofType('string'));

const checkCombiner = (check: Check, rule: JsonObject, operator: string, pointer: string): void => {
  const inner = rule[operator] as Json;
  const at = into(pointer, operator);
  if (operator === 'Not') {
    checkRule(check, inner, at, false);
    return;
  }
  if (!isArray(inner) || inner.length === 0) {
    check.problems.add(
      'INVALID_CHOICE_RULE',
      at,
      `'${operator}' must be an array of at least one rule.`,
      undefined,
      isArray(inner) ? empty : ofType('array'),
    );
    return;
  }
  inner.forEach((each, i) => {
    checkRule(check, each, into(at, i), false);
  });
};

const checkOperand = (check: Check, value: Json, operator: string, pointer: string): void => {
  if (operator.endsWith('Path')) {
    checkExpression(check, value, pointer, 'path', noReference(value));
    return;
  }
  const expects = comparators.get(operator)?.expects ?? 'boolean';
  const right =
    expects === 'timestamp'
      ? typeof value === 'string' && parseTimestamp(value) !== undefined
      : typeof value === expects;
  if (right) return;
  const words = expects !== 'timestamp' ? ofType(expects) : typeof value === 'string' ? notTimestamp : ofType('string');
  check.problems.add('INVALID_CHOICE_RULE', pointer, `'${operator}' compares with a ${expects}.`, undefined, words);
};
