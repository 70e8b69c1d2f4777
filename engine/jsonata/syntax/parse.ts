/**
 * From text to syntax tree, by the parser of the `jsonata` package. It runs before anything is bounded by fuel, so what could make it run away is
 * refused first: operands that it would copy again and again, and brackets too deep for its stack.
 */
import jsonata from 'jsonata';
import { JsonataError, raise } from '#engine/jsonata/error';
import type { Node } from '#engine/jsonata/syntax/ast';

/** The most nested brackets of an expression. */
const maxNesting = 200;
/** The most characters the parser may have to copy for `??` and `?:`, each of which takes its left side twice. */
const maxCopied = 30_000;

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
 * the copy, in the same order. (The reference evaluates the copy with `/[object Object]/` instead.) `found`: the nodes of those seen so far.
 */
const restorePatterns = (tree: unknown, found: SomeNode[] = []): void => {
  if (typeof tree !== 'object' || tree === null || tree instanceof RegExp) return;
  const node = tree as SomeNode;
  if (node.type === 'regex') {
    found.push(node);
    return;
  }
  if (node.type !== 'condition') {
    for (const child of Object.values(node)) restorePatterns(child, found);
    return;
  }
  const originals = found.length;
  restorePatterns(node.then, found);
  const copies = found.length;
  restorePatterns(node.condition, found);
  for (let i = 0; copies + i < found.length; i++) {
    const copy = found[copies + i] as SomeNode;
    if (!(copy.value instanceof RegExp)) copy.value = found[originals + i]?.value ?? copy.value;
  }
  restorePatterns(node.else, found);
};

type SomeNode = { [member: string]: unknown };

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
    if (level.total > maxCopied) raise('S0501', 'the expression nests too many ?? and ?: in each other', undefined, at);
  }
};
