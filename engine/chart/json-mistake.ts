/**
 * Where a text stops being JSON, told as Step Functions tells it: its messages and locations are those of the Jackson parser (2.x,
 * `ReaderBasedJsonParser`), which counts lines and columns from 1 and stands behind the character that it could not take.
 */
import type { AwsWords } from '#engine/chart/aws-words';

/** What of the text a location shows. */
const mostShown = 500;
const values = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

/** The first mistake; undefined where the text has none, or only something behind its value, which Jackson passes over. */
export const jsonMistake = (text: string): AwsWords | undefined => {
  try {
    new Reader(text).read();
    return undefined;
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    const location = sourceAt(text, error.at);
    return { code: 'INVALID_JSON_DESCRIPTION', message: `${error.message}\n at ${location}`, location };
  }
};

class Mistake extends Error {
  /** Offset in the text, behind what was read. */
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

const sourceAt = (text: string, at: number): string => {
  const before = text.slice(0, at).split(/\r\n?|\n/);
  const more = text.length - mostShown;
  const shown = `"${text.slice(0, mostShown)}"${more > 0 ? `[truncated ${more} chars]` : ''}`;
  return `[Source: (String)${shown}; line: ${before.length}, column: ${(before.at(-1) as string).length + 1}]`;
};

/** Reads values without recursion, so that no nesting exhausts the stack. */
class Reader {
  readonly #text: string;
  #at = 0;
  /** Open objects and arrays, with where they begin and whether something stands in them. */
  readonly #open: { readonly object: boolean; readonly at: number; filled: boolean }[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  read(): void {
    do {
      this.#blank();
      this.#value();
      while (this.#open.length > 0 && !this.#next());
    } while (this.#open.length > 0);
  }

  /** Goes on behind a value or an opening bracket: true where a value comes next. */
  #next(): boolean {
    const level = this.#open.at(-1) as { readonly object: boolean; readonly at: number; filled: boolean };
    const { object, at } = level;
    this.#blank();
    const char = this.#text[this.#at];
    if (char === undefined) {
      const start = sourceAt(this.#text, at);
      this.#ended(`: expected close marker for ${object ? 'Object' : 'Array'} (start marker at ${start})`);
    }
    if (char === '}' || char === ']') {
      if ((char === '}') !== object) {
        const start = `(for ${object ? 'Object' : 'Array'} starting at ${sourceAt(this.#text, at)})`;
        throw new Mistake(`Unexpected close marker '${char}': expected '${object ? '}' : ']'}' ${start}`, this.#at + 1);
      }
      this.#at++;
      this.#open.pop();
      return false;
    }
    if (level.filled) {
      if (char !== ',') this.#unexpected(`was expecting comma to separate ${object ? 'Object' : 'Array'} entries`);
      this.#at++;
      this.#blank();
    }
    level.filled = true;
    if (object) this.#name();
    return true;
  }

  #name(): void {
    if (this.#text[this.#at] !== '"') this.#unexpected('was expecting double-quote to start field name');
    this.#string('name');
    this.#blank();
    if (this.#at >= this.#text.length) this.#ended(' within/between Object entries');
    if (this.#text[this.#at] !== ':') this.#unexpected('was expecting a colon to separate field name and value');
    this.#at++;
    this.#blank();
    if (this.#at >= this.#text.length) this.#ended(' within/between Object entries');
  }

  #value(): void {
    const char = this.#text[this.#at];
    if (char === undefined) this.#ended('');
    if (char === '{' || char === '[') {
      this.#open.push({ object: char === '{', at: this.#at, filled: false });
      this.#at++;
    } else if (char === '"') this.#string('string value');
    else if (char === '-' || (char !== undefined && char >= '0' && char <= '9')) this.#number();
    else this.#word();
  }

  #word(): void {
    const word = this.#take(/[\p{ID_Start}$_][\p{ID_Continue}$]{0,255}/uy);
    if (word === '') this.#unexpected(`expected a valid value ${values}`);
    if (!['null', 'true', 'false'].includes(word))
      throw new Mistake(`Unrecognized token '${word}': was expecting ${values}`, this.#at);
  }

  #number(): void {
    const where = ' in numeric value';
    this.#take(/-/y);
    const from = this.#at;
    const digits = this.#take(/\d*/y);
    if (digits === '') this.#unexpected('expected digit (0-9) to follow minus sign, for valid numeric value', where);
    if (digits.length > 1 && digits.startsWith('0'))
      throw new Mistake('Invalid numeric value: Leading zeroes not allowed', from + 1);
    if (this.#take(/\./y) !== '' && this.#take(/\d+/y) === '')
      this.#unexpected('Decimal point not followed by a digit', where);
    if (this.#take(/[eE][+-]?/y) !== '' && this.#take(/\d+/y) === '')
      this.#unexpected('Exponent indicator not followed by a digit', where);
  }

  /** What stands here, taken; empty where the pattern, a sticky one, does not fit. */
  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [taken = ''] = pattern.exec(this.#text) ?? [];
    this.#at += taken.length;
    return taken;
  }

  #string(what: 'name' | 'string value'): void {
    for (this.#at++; ; this.#at++) {
      const char = this.#text[this.#at];
      if (char === undefined)
        this.#ended(what === 'name' ? ' in field name' : ': was expecting closing quote for a string value');
      if (char === '"') break;
      if (char !== undefined && char < ' ') {
        const shown = `((CTRL-CHAR, code ${char.charCodeAt(0)}))`;
        const message = `Illegal unquoted character ${shown}: has to be escaped using backslash to be included in ${what}`;
        throw new Mistake(message, this.#at + 1);
      }
      if (char === '\\') this.#escape();
    }
    this.#at++;
  }

  #escape(): void {
    const char = this.#text[++this.#at];
    if (char === undefined) this.#ended(' in character escape sequence');
    else if (!'"\\/bfnrtu'.includes(char))
      throw new Mistake(`Unrecognized character escape ${shownChar(char)}`, this.#at + 1);
    if (char !== 'u') return;
    for (let i = 0; i < 4; i++) {
      this.#at++;
      if (this.#at >= this.#text.length) this.#ended(' in character escape sequence');
      if (!/^[0-9a-fA-F]$/.test(this.#text[this.#at] as string))
        this.#unexpected('expected a hex-digit for character escape sequence');
    }
  }

  #blank(): void {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? '-')) this.#at++;
  }

  #unexpected(expected: string, where = ''): never {
    const char = this.#text[this.#at];
    if (char === undefined) this.#ended(where === '' ? '' : `${where}: ${expected}`);
    throw new Mistake(`Unexpected character (${shownChar(char as string)})${where}: ${expected}`, this.#at + 1);
  }

  #ended(where: string): never {
    throw new Mistake(`Unexpected end-of-input${where}`, this.#text.length);
  }
}

const shownChar = (char: string): string => `'${char}' (code ${char.charCodeAt(0)})`;
