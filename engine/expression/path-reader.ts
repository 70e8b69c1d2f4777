import { ExpressionSyntaxError } from '#engine/expression/expression';

/** True for a character that can begin a variable's name. */
export const isNameStart = (c: string): boolean =>
  (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c === '_' || c > '\u007f';
/** True for 0 to 9. */
export const isDigit = (c: string): boolean => c >= '0' && c <= '9';
/** Characters that end a name written with a dot. A blank ends it, so that a filter's operator is not read as part of the name. */
const endsName = ' \t\n\r.[](),=<>!&|\'"*?@:';

/** A cursor over a path's text, shared with the filter parser. */
export class PathReader {
  readonly text: string;
  at: number;

  constructor(text: string, at = 0) {
    this.text = text;
    this.at = at;
  }

  get char(): string {
    return this.text[this.at] ?? '';
  }

  fail(expected: string): never {
    const found = this.char === '' ? 'the end' : `'${this.char}'`;
    throw new ExpressionSyntaxError(`${expected} expected at character ${this.at + 1}, found ${found}`, this.at);
  }

  blanks(): void {
    while (this.char !== '' && ' \t\n\r'.includes(this.char)) this.at++;
  }

  take(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  expect(token: string): void {
    if (!this.take(token)) this.fail(`'${token}'`);
  }

  name(): string {
    const start = this.at;
    while (this.char !== '' && !endsName.includes(this.char)) this.at++;
    if (this.at === start) this.fail('a name');
    return this.text.slice(start, this.at);
  }

  integer(): number | undefined {
    const start = this.at;
    if (this.char === '-') this.at++;
    while (isDigit(this.char)) this.at++;
    if (this.at === start) return undefined;
    const value = Number(this.text.slice(start, this.at));
    if (!Number.isSafeInteger(value)) this.fail('an integer');
    return value;
  }

  /**
   * A quoted string; a backslash keeps the character after it when that is the quote or a backslash, and stays when it is anything
   * else (as AWS was recorded to do).
   */
  quoted(): string {
    const quote = this.char;
    let value = '';
    this.at++;
    while (this.char !== quote) {
      if (this.char === '') this.fail(`closing ${quote}`);
      if (this.char === '\\') {
        const next = this.text[this.at + 1] ?? '';
        if (next === quote || next === '\\') this.at++;
      }
      value += this.char;
      this.at++;
    }
    this.at++;
    return value;
  }
}
