/**
 * From text to syntax tree, by the parser of the `jsonata` package. It runs before anything is bounded by fuel, so what could make it run away is
 * refused first: operands that it would copy again and again, and brackets too deep for its stack.
 */
import jsonata from 'jsonata';
import type { Node } from '#engine/jsonata/ast';
import { JsonataError, raise } from '#engine/jsonata/error';

/** The most nested brackets of an expression. */
const maxNesting = 200;
/** The most characters the parser may have to copy for `??` and `?:`, each of which takes its left side twice. */
const maxCopied = 1_000_000;

/** Parses an expression. Throws `JsonataError`: S… with the offset where it is wrong. */
export const parse = (text: string): Node => {
  refuseRunaway(text);
  try {
    const tree = jsonata(text).ast();
    if (text.includes('/') && text.includes('?')) restorePatterns(tree);
    return tree as unknown as Node;
  } catch (error) {
    throw syntaxError(error, text);
  }
};

/**
 * Puts the regular expressions back that the parser lost where it copied the left side of `??` and `?:` by way of JSON. The original stands beside
 * the copy, in the same order. (The reference evaluates the copy with `/[object Object]/` instead.)
 */
const restorePatterns = (tree: unknown): void => {
  for (const child of childrenOf(tree)) restorePatterns(child);
  if (!isNode(tree) || tree.type !== 'condition') return;
  const copies = patternsIn(tree.condition);
  if (copies.every(({ value }) => value instanceof RegExp)) return;
  const originals = patternsIn(tree.then);
  for (const [i, copy] of copies.entries()) copy.value = originals[i]?.value ?? copy.value;
};

type SomeNode = { [member: string]: unknown };

const isNode = (value: unknown): value is SomeNode =>
  typeof value === 'object' && value !== null && !(value instanceof RegExp);

const childrenOf = (value: unknown): readonly unknown[] => (isNode(value) ? Object.values(value) : []);

const patternsIn = (tree: unknown): readonly SomeNode[] =>
  isNode(tree) && tree.type === 'regex' ? [tree] : childrenOf(tree).flatMap(patternsIn);

const syntaxError = (error: unknown, text: string): JsonataError => {
  if (error instanceof RangeError) return new JsonataError('S0501', 'the expression is nested too deep');
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') {
    const { code } = error;
    const message = 'message' in error && typeof error.message === 'string' ? error.message : 'Syntax error';
    const token = 'token' in error && error.token !== undefined ? String(error.token) : undefined;
    const position = 'position' in error && typeof error.position === 'number' ? error.position : undefined;
    return new JsonataError(code, message, token, position);
  }
  // A regular expression that the host does not take, or a text the parser has no words for.
  const message = error instanceof Error ? error.message : 'Syntax error';
  return new JsonataError(error instanceof SyntaxError ? 'S0303' : 'S0201', message, undefined, text.length);
};

/**
 * Sums up what `??` and `?:` copy: all that stands to their left in the same brackets. Brackets in texts are counted too, which only makes the sum
 * larger.
 */
const refuseRunaway = (text: string): void => {
  const open: { weight: number; total: number }[] = [{ weight: 0, total: 0 }];
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    const level = open.at(-1) as { weight: number; total: number };
    if ('([{'.includes(char)) {
      open.push({ weight: 0, total: 0 });
      if (open.length > maxNesting) raise('S0501', `the expression has more than ${maxNesting} nested brackets`);
    } else if (')]}'.includes(char) && open.length > 1) {
      open.pop();
      (open.at(-1) as { weight: number }).weight += level.weight + level.total + 2;
    } else if (char === '?' && (text[at + 1] === '?' || text[at + 1] === ':')) {
      level.total += 2 * level.weight;
      level.weight = 0;
      at++;
    } else level.weight++;
    if (level.weight + level.total > maxCopied)
      raise('S0501', 'the expression nests too many ?? and ?: in each other', undefined, at);
  }
};
