import { stripVTControlCharacters } from 'node:util';

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const CLEAR_TO_END = '\x1b[0J';
const CLEAR_LINE_END = '\x1b[K';

/** Lines that are drawn again in their place. Written in one piece, so that nothing flickers. */
export class LiveDisplay {
  readonly #write: (text: string) => void;
  #height = 0;
  #started = false;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Draws the lines over those drawn last. A line must be no wider than the terminal, or it would take two. */
  draw(lines: readonly string[], columns: number): void {
    const start = this.#started ? '' : HIDE_CURSOR;
    this.#started = true;
    const up = this.#height > 0 ? `\x1b[${this.#height}A\r` : '';
    const fitting = lines.map((line) =>
      stripVTControlCharacters(line).length > columns ? narrow(line, columns) : line,
    );
    this.#write(`${start}${up}${fitting.map((line) => `${line}${CLEAR_LINE_END}\n`).join('')}${CLEAR_TO_END}`);
    this.#height = lines.length;
  }

  /** Leaves what was drawn last and gives the cursor back. */
  end(): void {
    if (this.#started) this.#write(SHOW_CURSOR);
    this.#started = false;
    this.#height = 0;
  }
}

/** A line that is too wide loses its colours: cutting between escape sequences is not worth their weight. */
const narrow = (line: string, columns: number): string => stripVTControlCharacters(line).slice(0, Math.max(0, columns));
