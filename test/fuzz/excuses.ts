/**
 * Differences that say nothing about ours: defects of the reference that no text of an expression shows beforehand, so that the generator cannot keep
 * out of their way. Where it can it does, and says so there.
 */
import jsonata from 'jsonata';
import type { Outcome } from '#test/fuzz/compare';

/** What the reference's own code fails with. */
const failures: readonly string[] = [
  // A built-in that is handed over in a tail call, as in function($x) { $map($x, $string) }, or a function to $sort.
  'func.apply is not a function',
  'comp is not a function',
  // A function with a signature in what `??` and `?:` copy by way of JSON.
  'signature.validate is not a function',
];

/** Whether two outcomes may differ. */
export const isExcused = (expression: string, ours: Outcome, reference: Outcome): boolean => {
  if (reference.kind === 'error' && failures.some((failure) => reference.message.includes(failure))) return true;
  // Of its own functions the reference spreads the insides.
  if (reference.kind === 'value' && reference.text?.includes('".implementation"') === true) return true;
  // An object that is made of an empty list puts something missing into that list, be it the input's.
  if (reference.spoilt) return true;
  // A matcher that answers false, 0 or null has found something, to the reference's $contains.
  if (ours.kind === 'error' && ours.code === 'T1010') return true;
  // To `*` the flags of its own lists are members of them.
  if (reference.kind === 'value' && reference.text?.includes('true') === true && has(expression, isWildcard))
    return true;
  if (has(expression, startsWithPicked)) return true;
  return ours.kind === 'error' && reference.kind === 'error' && has(expression, isMany);
};

const isWildcard = (node: object): boolean => 'type' in node && node.type === 'wildcard';

type Test = (node: object) => boolean;

/**
 * A path that starts with an array of which something was picked, or with brackets that have one: `[{"a": 1}][0].a` is nothing in the reference, and
 * `["ab"][0].$` is ["a", "b"].
 */
const startsWithPicked: Test = (node) => {
  if (!('steps' in node) || !Array.isArray(node.steps) || node.steps.length < 2) return false;
  const first: unknown = node.steps[0];
  if (typeof first !== 'object' || first === null || !('consarray' in first)) return false;
  return 'predicate' in first || 'group' in first || ('type' in first && first.type === 'block');
};

/**
 * An array or an object of several: the reference works on their items at the same time, so that of several errors any may be first; ours is the
 * leftmost.
 */
const isMany: Test = (node) => {
  if ('lhs' in node && Array.isArray(node.lhs)) return true;
  return 'value' in node && node.value === '[' && 'expressions' in node && (node.expressions as unknown[]).length > 1;
};

const has = (expression: string, test: Test): boolean => {
  const within = (node: unknown): boolean =>
    typeof node === 'object' && node !== null && (test(node) || Object.values(node).some(within));
  try {
    return within(jsonata(expression).ast());
  } catch {
    return false;
  }
};
