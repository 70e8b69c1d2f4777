import { ExpressionSyntaxError } from '#engine/expression/expression';
import type { Path } from '#engine/expression/path-ast';
import { readPath } from '#engine/expression/path-parser';
import { PathReader } from '#engine/expression/path-reader';
import type { Json } from '#engine/json';

/** A call of an intrinsic function, or one of its arguments. */
export type IntrinsicNode =
  | { readonly node: 'call'; readonly name: string; readonly args: readonly IntrinsicNode[]; readonly text: string }
  | { readonly node: 'path'; readonly path: Path }
  | { readonly node: 'value'; readonly value: Json };

/** Calls may be nested this deep (AWS allows 10). */
const maxDepth = 10;
const maxLength = 10_000;

/** True for a text that is meant as a call of an intrinsic function. */
export const looksLikeIntrinsic = (text: string): boolean => text.startsWith('States.');

/** Parses `States.Name(arguments)`. Throws `ExpressionSyntaxError`. Source: states-language.net, "Intrinsic Functions". */
export const parseIntrinsic = (text: string): IntrinsicNode & { readonly node: 'call' } => {
  if (text.length > maxLength) throw new ExpressionSyntaxError(`longer than ${maxLength} characters`, maxLength);
  const reader = new PathReader(text);
  const call = readCall(reader, 1);
  reader.blanks();
  if (reader.at < text.length) reader.fail('the end');
  return call;
};

const readCall = (reader: PathReader, depth: number): IntrinsicNode & { readonly node: 'call' } => {
  if (depth > maxDepth) reader.fail(`at most ${maxDepth} nested calls`);
  const start = reader.at;
  reader.expect('States.');
  const name = `States.${reader.name()}`;
  reader.blanks();
  reader.expect('(');
  const args: IntrinsicNode[] = [];
  reader.blanks();
  while (!reader.take(')')) {
    if (args.length > 0) {
      reader.expect(',');
      reader.blanks();
    }
    args.push(readArgument(reader, depth));
    reader.blanks();
  }
  return { node: 'call', name, args, text: reader.text.slice(start, reader.at) };
};

const readArgument = (reader: PathReader, depth: number): IntrinsicNode => {
  if (reader.char === "'") return { node: 'value', value: readString(reader) };
  if (reader.char === '$') return { node: 'path', path: readPath(reader) };
  if (reader.text.startsWith('States.', reader.at)) return readCall(reader, depth + 1);
  if (reader.take('null')) return { node: 'value', value: null };
  if (reader.take('true')) return { node: 'value', value: true };
  if (reader.take('false')) return { node: 'value', value: false };
  const start = reader.at;
  while (reader.char !== '' && '+-.eE0123456789'.includes(reader.char)) reader.at++;
  const value = Number(reader.text.slice(start, reader.at));
  if (reader.at === start || !Number.isFinite(value)) {
    reader.at = start;
    reader.fail("a path, a number, a string in single quotes, null, true, false or 'States.'");
  }
  return { node: 'value', value };
};

/** A string in single quotes. `\'`, `\{`, `\}` and `\\` stay as they are written for `States.Format`, which reads them itself. */
const readString = (reader: PathReader): string => {
  let value = '';
  reader.expect("'");
  while (!reader.take("'")) {
    if (reader.char === '') reader.fail("closing '");
    if (reader.char === '\\' && reader.at + 1 < reader.text.length) {
      const next = reader.text[reader.at + 1] as string;
      value += next === "'" ? "'" : `\\${next}`;
      reader.at += 2;
    } else {
      value += reader.char;
      reader.at++;
    }
  }
  return value;
};

/** Takes the backslashes out of a literal: `\\` `\{` `\}` become the character, `\n` and the like stay two characters. */
export const unescapeLiteral = (text: string): string => {
  if (!text.includes('\\')) return text;
  let value = '';
  for (let i = 0; i < text.length; i++) {
    const next = text[i + 1];
    if (text[i] === '\\' && (next === '\\' || next === '{' || next === '}')) value += text[++i];
    else value += text[i];
  }
  return value;
};
