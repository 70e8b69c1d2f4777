/**
 * The syntax of regular expressions: JavaScript's without the flags `u` and `v`, with the leniencies of its annex B. Left out, and refused by name:
 * look-around, back-references, flags for a part of the expression, and two groups of one name.
 */
import { lineEnds, namedSets, type Ranges } from '#engine/jsonata/regex/regex-characters';

/** A regular expression that is wrong, too large, or of a kind that is not supported. */
export class RegexSyntaxError extends Error {
  /** Offset in the source, from 0. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message}, at offset ${offset} of the regular expression`);
    this.name = 'RegexSyntaxError';
    this.offset = offset;
  }
}

/** A place that an assertion asks for. */
export type Place = 'start' | 'end' | 'word-edge' | 'no-word-edge';

/** A part of an expression. Parts that match nothing but the empty text are `empty` itself wherever that can be seen. */
export type RegexNode =
  | { readonly kind: 'empty' }
  | { readonly kind: 'character'; readonly code: number }
  | { readonly kind: 'set'; readonly ranges: Ranges; readonly negated: boolean }
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'sequence' | 'choice'; readonly nodes: readonly RegexNode[] }
  | { readonly kind: 'group'; readonly index: number; readonly node: RegexNode }
  | RepeatNode;

/** A part with a quantifier. */
export interface RepeatNode {
  readonly kind: 'repeat';
  readonly node: RegexNode;
  readonly min: number;
  /** May be `Infinity`. */
  readonly max: number;
  readonly lazy: boolean;
  /** The groups inside, which each turn empties: from the first up to and without the end. */
  readonly groups: { readonly first: number; readonly end: number };
  /** Whether one turn can match the empty text. */
  readonly nullable: boolean;
}

/** A parsed expression. */
export interface ParsedRegex {
  readonly node: RegexNode;
  readonly groups: number;
}

const maxLength = 10_000;
const maxDepth = 200;
/** Each thread of a run carries the bounds of all groups. */
const maxGroups = 100;

const empty: RegexNode = { kind: 'empty' };
const anyButLineEnd: RegexNode = { kind: 'set', ranges: lineEnds, negated: true };

const controls: ReadonlyMap<string, number> = new Map([
  ['t', 0x09],
  ['n', 0x0a],
  ['v', 0x0b],
  ['f', 0x0c],
  ['r', 0x0d],
]);

/** Each is asked of one character, or of none at the end. */
const isDigit = (char: string): boolean => char >= '0' && char <= '9';
const isOctal = (char: string): boolean => char >= '0' && char <= '7';
const isLetter = (char: string): boolean => (char >= 'a' && char <= 'z') || (char >= 'A' && char <= 'Z');
const isHex = (char: string): boolean => isDigit(char) || (char >= 'a' && char <= 'f') || (char >= 'A' && char <= 'F');

/** Asked of one character at a time, so the host's engine is safe here. */
const nameStart = /^[$_\p{ID_Start}]$/u;
const namePart = /^(?:[$\u200c\p{ID_Continue}]|\u200d)$/u;

const isNullable = (node: RegexNode): boolean => {
  switch (node.kind) {
    case 'empty':
    case 'place':
      return true;
    case 'character':
    case 'set':
      return false;
    case 'sequence':
      return node.nodes.every(isNullable);
    case 'choice':
      return node.nodes.some(isNullable);
    case 'group':
      return isNullable(node.node);
    case 'repeat':
      return node.min === 0 || node.nullable;
  }
};

/** How many groups an expression has, and whether one has a name: both decide how escapes before them are read. */
const surveyGroups = (source: string): { count: number; named: boolean } => {
  let count = 0;
  let named = false;
  let inSet = false;
  for (let at = 0; at < source.length; at++) {
    const char = source[at];
    if (char === '\\') at++;
    else if (inSet) inSet = char !== ']';
    else if (char === '[') inSet = true;
    else if (char === '(') {
      const hasName = source.startsWith('?<', at + 1) && source[at + 3] !== '=' && source[at + 3] !== '!';
      named ||= hasName;
      if (hasName || source[at + 1] !== '?') count++;
    }
  }
  return { count, named };
};

class Parser {
  readonly #source: string;
  readonly #groupCount: number;
  readonly #named: boolean;
  readonly #names = new Set<string>();
  #at = 0;
  #groups = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
    const { count, named } = surveyGroups(source);
    this.#groupCount = count;
    this.#named = named;
  }

  parse(): ParsedRegex {
    if (this.#source.length > maxLength) this.#fail(`longer than ${maxLength} characters`, maxLength);
    if (this.#groupCount > maxGroups) this.#fail(`more than ${maxGroups} groups`, 0);
    const node = this.#choice();
    if (this.#at < this.#source.length) this.#fail('a ) without its (');
    return { node, groups: this.#groups };
  }

  #fail(message: string, offset = this.#at): never {
    throw new RegexSyntaxError(message, offset);
  }

  /** The character at hand; the empty text at the end. */
  #peek(): string {
    return this.#source.charAt(this.#at);
  }

  #take(text: string): boolean {
    const found = this.#source.startsWith(text, this.#at);
    if (found) this.#at += text.length;
    return found;
  }

  #choice(): RegexNode {
    const first = this.#sequence();
    if (this.#peek() !== '|') return first;
    const nodes = [first];
    while (this.#take('|')) nodes.push(this.#sequence());
    return { kind: 'choice', nodes };
  }

  #sequence(): RegexNode {
    const nodes: RegexNode[] = [];
    for (let char = this.#peek(); char !== '' && char !== '|' && char !== ')'; char = this.#peek()) {
      const node = this.#place() ?? this.#quantified();
      if (node.kind !== 'empty') nodes.push(node);
    }
    const [only = empty] = nodes;
    return nodes.length < 2 ? only : { kind: 'sequence', nodes };
  }

  /** An assertion; it takes no quantifier. */
  #place(): RegexNode | undefined {
    if (this.#take('^')) return { kind: 'place', place: 'start' };
    if (this.#take('$')) return { kind: 'place', place: 'end' };
    if (this.#take('\\b')) return { kind: 'place', place: 'word-edge' };
    if (this.#take('\\B')) return { kind: 'place', place: 'no-word-edge' };
    return undefined;
  }

  #quantified(): RegexNode {
    const first = this.#groups + 1;
    if (this.#quantifier() !== undefined) this.#fail('nothing to repeat', this.#at - 1);
    const node = this.#atom();
    const offset = this.#at;
    const count = this.#quantifier();
    if (count === undefined) return node;
    const { min, max } = count;
    const lazy = this.#take('?');
    if (min > max) this.#fail('a quantifier whose numbers are out of order', offset);
    if (node.kind === 'empty' || max === 0) return empty;
    if (min === 1 && max === 1) return node;
    const groups = { first, end: this.#groups + 1 };
    return { kind: 'repeat', node, min, max, lazy, groups, nullable: isNullable(node) };
  }

  #quantifier(): { min: number; max: number } | undefined {
    if (this.#take('*')) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#take('+')) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#take('?')) return { min: 0, max: 1 };
    const from = this.#at;
    if (!this.#take('{')) return undefined;
    const min = this.#number();
    const comma = this.#take(',');
    const max = comma ? (this.#number() ?? Number.POSITIVE_INFINITY) : min;
    if (min !== undefined && max !== undefined && this.#take('}')) return { min, max };
    this.#at = from; // Annex B: braces that are no quantifier are plain text.
    return undefined;
  }

  #number(): number | undefined {
    const from = this.#at;
    while (isDigit(this.#peek())) this.#at++;
    return this.#at === from ? undefined : Number(this.#source.slice(from, this.#at));
  }

  #atom(): RegexNode {
    switch (this.#peek()) {
      case '(':
        return this.#group();
      case '[':
        return this.#set();
      case '.':
        this.#at++;
        return anyButLineEnd;
      case '\\': {
        const found = this.#escape(false);
        return typeof found === 'number'
          ? { kind: 'character', code: found }
          : { kind: 'set', ranges: found, negated: false };
      }
      default:
        return { kind: 'character', code: this.#source.charCodeAt(this.#at++) };
    }
  }

  #group(): RegexNode {
    const open = this.#at++;
    if (++this.#depth > maxDepth) this.#fail(`groups that nest deeper than ${maxDepth}`, open);
    const index = this.#opening(open) ? ++this.#groups : undefined;
    const node = this.#choice();
    if (!this.#take(')')) this.#fail('a ( without its )', open);
    this.#depth--;
    return index === undefined ? node : { kind: 'group', index, node };
  }

  /** What follows the parenthesis; true where it captures. */
  #opening(open: number): boolean {
    if (!this.#take('?')) return true;
    if (this.#take(':')) return false;
    if (this.#take('=') || this.#take('!')) this.#fail('look-ahead is not supported', open);
    if (this.#take('<=') || this.#take('<!')) this.#fail('look-behind is not supported', open);
    if (this.#take('<')) {
      this.#name();
      return true;
    }
    const char = this.#peek();
    if (char === '-' || isLetter(char)) this.#fail('flags for a part of the expression are not supported', open);
    return this.#fail('a group of no known kind', open);
  }

  #name(): void {
    const from = this.#at;
    const end = this.#source.indexOf('>', from);
    const name = this.#source.slice(from, Math.max(from, end));
    const [first = '', ...rest] = name;
    if (!nameStart.test(first) || !rest.every((char) => namePart.test(char))) this.#fail('a group name that is none');
    if (this.#names.has(name)) this.#fail(`a second group with the name ${name}`);
    this.#names.add(name);
    this.#at = end + 1;
  }

  #set(): RegexNode {
    const open = this.#at++;
    const negated = this.#take('^');
    const ranges: [number, number][] = [];
    const add = (member: number | Ranges): void => {
      if (typeof member === 'number') ranges.push([member, member]);
      else for (const [low, high] of member) ranges.push([low, high]);
    };
    while (!this.#take(']')) {
      const offset = this.#at;
      const low = this.#member(open);
      if (this.#peek() !== '-' || this.#source[this.#at + 1] === ']') {
        add(low);
        continue;
      }
      this.#at++;
      const high = this.#member(open);
      if (typeof low === 'number' && typeof high === 'number') {
        if (low > high) this.#fail('a range whose ends are out of order', offset);
        ranges.push([low, high]);
      } else {
        for (const member of [low, 0x2d, high]) add(member); // Annex B: `[\d-x]` has the hyphen itself.
      }
    }
    return { kind: 'set', ranges, negated };
  }

  #member(open: number): number | Ranges {
    const char = this.#peek();
    if (char === '') return this.#fail('a [ without its ]', open);
    return char === '\\' ? this.#escape(true) : this.#source.charCodeAt(this.#at++);
  }

  /** From a backslash on: one unit, or the set it names. */
  #escape(inSet: boolean): number | Ranges {
    const from = this.#at++;
    const char = this.#peek();
    if (char === '') return this.#fail('a \\ at the end', from);
    const set = namedSets.get(char);
    if (isDigit(char)) return this.#numbered(inSet, from);
    if (char === 'c') return this.#control(inSet);
    if (char === 'k' && this.#named) return this.#fail('back-references are not supported', from);
    this.#at++;
    if (char === 'b' && inSet) return 0x08;
    if (char === 'x') return this.#hex(2) ?? 0x78;
    if (char === 'u') return this.#hex(4) ?? 0x75;
    return set ?? controls.get(char) ?? char.charCodeAt(0);
  }

  /** Annex B: a number above the count of groups is octal, where its first digit is; in a set every number is. */
  #numbered(inSet: boolean, from: number): number {
    const first = this.#at;
    if (!inSet && this.#peek() !== '0') {
      const reference = this.#number() ?? 0;
      if (reference <= this.#groupCount) this.#fail('back-references are not supported', from);
      this.#at = first;
    }
    if (!isOctal(this.#peek())) return this.#source.charCodeAt(this.#at++);
    let code = 0;
    for (let digit = this.#peek(); isOctal(digit) && this.#at < first + 3 && code < 32; digit = this.#peek()) {
      code = code * 8 + Number(digit);
      this.#at++;
    }
    return code;
  }

  /** `\cX`. Annex B: where no control character follows, the backslash stands for itself. */
  #control(inSet: boolean): number {
    const name = this.#source.charAt(this.#at + 1);
    if (!isLetter(name) && !(inSet && (isDigit(name) || name === '_'))) return 0x5c;
    this.#at += 2;
    return name.charCodeAt(0) % 32;
  }

  #hex(length: number): number | undefined {
    const digits = this.#source.slice(this.#at, this.#at + length);
    if (digits.length < length || ![...digits].every(isHex)) return undefined;
    this.#at += length;
    return Number.parseInt(digits, 16);
  }
}

/** Parses the source of a regular expression. Throws `RegexSyntaxError`. */
export const parseRegex = (source: string): ParsedRegex => new Parser(source).parse();
