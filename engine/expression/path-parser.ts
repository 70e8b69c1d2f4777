import { ExpressionSyntaxError } from '#engine/expression/expression';
import type { Path, Segment } from '#engine/expression/path-ast';
import { parseFilter } from '#engine/expression/path-filter';
import { isDigit, isNameStart, PathReader } from '#engine/expression/path-reader';

/** Deepest path that is accepted, so that no chart can exhaust the stack. */
const maxSegments = 256;

/** Reads one path at the reader's place. `allowItem`: `@` may be the base (inside a filter). */
export const readPath = (reader: PathReader, allowItem = false): Path => {
  const start = reader.at;
  let base: Path['base'] = 'input';
  let variable = '';
  if (allowItem && reader.take('@')) base = 'item';
  else if (reader.take('$$')) base = 'context';
  else {
    reader.expect('$');
    if (isNameStart(reader.char)) {
      base = 'variable';
      const from = reader.at;
      while (isNameStart(reader.char) || isDigit(reader.char)) reader.at++;
      variable = reader.text.slice(from, reader.at);
    }
  }
  const segments: Segment[] = [];
  while (reader.char === '.' || reader.char === '[') {
    segments.push(readSegment(reader));
    if (segments.length > maxSegments) reader.fail(`at most ${maxSegments} steps`);
  }
  const last = segments.pop();
  if (last !== undefined) segments.push(picking(last));
  const definite = segments.every(isDefinite);
  return { text: reader.text.slice(start, reader.at), base, variable, segments, definite };
};

/** Several names are picked at the end of a path; before other steps each is followed by itself. */
const picking = (segment: Segment): Segment =>
  segment.step === 'descend'
    ? { ...segment, into: picking(segment.into) }
    : segment.step === 'member' && segment.names.length > 1
      ? { ...segment, step: 'pick' }
      : segment;

const isDefinite = (segment: Segment): boolean =>
  segment.step === 'pick' ||
  (segment.step === 'member' && segment.names.length === 1) ||
  (segment.step === 'index' && segment.indices.length === 1);

const readSegment = (reader: PathReader): Segment => {
  if (reader.take('..'))
    return { step: 'descend', into: reader.char === '[' ? readBracket(reader) : readDotted(reader) };
  if (reader.char === '[') return readBracket(reader);
  reader.expect('.');
  if (reader.char === '[') return readBracket(reader);
  return readDotted(reader);
};

const readDotted = (reader: PathReader): Segment => {
  if (reader.take('*')) return { step: 'wildcard' };
  const name = reader.name();
  // AWS stores a chart with such a path and finds nothing by it: no function is called (repost.aws, "Step Functions JSONPath functions").
  if (reader.take('()')) return { step: 'member', names: [`${name}()`] };
  if (reader.char === '(')
    throw new ExpressionSyntaxError(
      `a path cannot call a function such as ${name}(): use an intrinsic function`,
      reader.at,
    );
  return { step: 'member', names: [name] };
};

const readBracket = (reader: PathReader): Segment => {
  reader.expect('[');
  reader.blanks();
  const segment = readInBrackets(reader);
  reader.blanks();
  reader.expect(']');
  return segment;
};

const readInBrackets = (reader: PathReader): Segment => {
  if (reader.take('*')) return { step: 'wildcard' };
  if (reader.take('?')) {
    reader.expect('(');
    const filter = parseFilter(reader, readPath);
    reader.expect(')');
    return { step: 'filter', filter };
  }
  if (reader.char === "'" || reader.char === '"')
    return { step: 'member', names: readList(reader, () => reader.quoted()) };
  const first = reader.integer();
  reader.blanks();
  if (reader.char === ':') return readSlice(reader, first);
  if (first === undefined) reader.fail("an index, a slice, a quoted name, '*' or '?('");
  const indices = [first];
  while (reader.take(',')) {
    reader.blanks();
    indices.push(reader.integer() ?? reader.fail('an index'));
    reader.blanks();
  }
  return { step: 'index', indices };
};

const readSlice = (reader: PathReader, from: number | undefined): Segment => {
  reader.expect(':');
  reader.blanks();
  const to = reader.integer();
  reader.blanks();
  const by = reader.take(':') ? (reader.integer() ?? 1) : 1;
  if (by < 1) reader.fail('a step of at least 1');
  return { step: 'slice', from, to, by };
};

const readList = (reader: PathReader, item: () => string): string[] => {
  const items = [item()];
  reader.blanks();
  while (reader.take(',')) {
    reader.blanks();
    if (reader.char !== "'" && reader.char !== '"') reader.fail('a quoted name');
    items.push(item());
    reader.blanks();
  }
  return items;
};

/** Parses a whole path. Throws `ExpressionSyntaxError`. Source: states-language.net "Paths", with the JSONPath forms that AWS takes. */
export const parsePath = (text: string): Path => {
  const reader = new PathReader(text);
  const path = readPath(reader);
  if (reader.at < text.length) reader.fail("'.', '[' or the end");
  return path;
};
