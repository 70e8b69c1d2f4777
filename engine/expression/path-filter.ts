import type { Comparison, Filter, Operand, Path } from '#engine/expression/path-ast';
import type { PathReader } from '#engine/expression/path-reader';
import type { Json } from '#engine/json';

/** Reads a path inside a filter; handed in by the path parser, which itself reads filters. */
type ReadPath = (reader: PathReader, allowItem: boolean) => Path;

const comparisons: readonly Comparison[] = ['==', '!=', '<=', '>=', '<', '>'];
const maxDepth = 32;

/** Parses the inside of `[?( … )]`; the reader stands after the opening parenthesis. */
export const parseFilter = (reader: PathReader, readPath: ReadPath, depth = 0): Filter => {
  if (depth > maxDepth) reader.fail(`at most ${maxDepth} nested conditions`);
  const alternatives = [readAll(reader, readPath, depth)];
  while (reader.take('||')) alternatives.push(readAll(reader, readPath, depth));
  return alternatives.length === 1 ? (alternatives[0] as Filter) : { test: 'or', all: alternatives };
};

const readAll = (reader: PathReader, readPath: ReadPath, depth: number): Filter => {
  const all = [readCondition(reader, readPath, depth)];
  while (reader.take('&&')) all.push(readCondition(reader, readPath, depth));
  return all.length === 1 ? (all[0] as Filter) : { test: 'and', all };
};

const readCondition = (reader: PathReader, readPath: ReadPath, depth: number): Filter => {
  reader.blanks();
  let filter: Filter;
  if (reader.char === '!' && reader.text[reader.at + 1] !== '=') {
    reader.at++;
    filter = { test: 'not', filter: readCondition(reader, readPath, depth + 1) };
  } else if (reader.take('(')) {
    filter = parseFilter(reader, readPath, depth + 1);
    reader.expect(')');
  } else filter = readComparison(reader, readPath);
  reader.blanks();
  return filter;
};

const readComparison = (reader: PathReader, readPath: ReadPath): Filter => {
  const left = readOperand(reader, readPath);
  reader.blanks();
  const operator =
    comparisons.find((each) => reader.take(each)) ??
    (reader.take('in ') ? 'in' : reader.take('nin ') ? 'nin' : undefined);
  if (operator === undefined) {
    if (!('path' in left)) reader.fail('a comparison');
    return { test: 'exists', path: left.path };
  }
  reader.blanks();
  return { test: 'compare', operator, left, right: readOperand(reader, readPath) };
};

const readOperand = (reader: PathReader, readPath: ReadPath): Operand => {
  if (reader.char === '@' || reader.char === '$') return { path: readPath(reader, true) };
  return { value: readLiteral(reader) };
};

const readLiteral = (reader: PathReader): Json => {
  if (reader.char === "'" || reader.char === '"') return reader.quoted();
  if (reader.take('true')) return true;
  if (reader.take('false')) return false;
  if (reader.take('null')) return null;
  if (reader.take('[')) {
    const items: Json[] = [];
    for (;;) {
      reader.blanks();
      if (reader.take(']')) return items;
      if (items.length > 0) {
        reader.expect(',');
        reader.blanks();
      }
      items.push(readLiteral(reader));
    }
  }
  const start = reader.at;
  while (reader.char !== '' && '+-.eE0123456789'.includes(reader.char)) reader.at++;
  const value = Number(reader.text.slice(start, reader.at));
  if (reader.at === start || Number.isNaN(value)) reader.fail('a path, a string, a number, true, false or null');
  return value;
};
