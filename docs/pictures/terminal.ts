/**
 * A terminal of as few control sequences as the command line writes: cursor up, carriage return, clear to the end of line or
 * screen, colours. Turns what a program wrote into HTML, so that a picture shows what a person saw.
 */

interface Cell {
  readonly char: string;
  readonly style: string;
}

const COLOURS: Readonly<Record<number, string>> = {
  31: 'red',
  32: 'green',
  33: 'yellow',
  34: 'blue',
  35: 'magenta',
  36: 'cyan',
  90: 'gray',
};

/** The screen of a terminal, and what is above it. */
export class Screen {
  #lines: Cell[][] = [[]];
  #row = 0;
  #column = 0;
  #bold = false;
  #dim = false;
  #colour = '';

  write(text: string): void {
    // Split into sequences and single characters; what is not understood is dropped.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what is read here
    for (const [token, codes, command] of text.matchAll(/\x1b\[([?\d;]*)([A-Za-z])|[\s\S]/gu)) {
      if (command === undefined) this.#put(token);
      else this.#obey(command, codes ?? '');
    }
  }

  /** The lines as HTML, each cell's style as a class. */
  html(): string {
    return this.#lines
      .map((line) => {
        let html = '';
        let open = '';
        for (const { char, style } of line) {
          if (style !== open) html += `${open ? '</span>' : ''}${style ? `<span class="${style}">` : ''}`;
          open = style;
          html += char.replace('&', '&amp;').replace('<', '&lt;');
        }
        return open ? `${html}</span>` : html;
      })
      .join('\n');
  }

  /** What it shows now, kept. */
  copy(): Screen {
    const copy = new Screen();
    copy.#lines = this.#lines.map((line) => [...line]);
    return copy;
  }

  text(): string {
    return this.#lines.map((line) => line.map(({ char }) => char).join('')).join('\n');
  }

  #put(char: string): void {
    if (char === '\r') this.#column = 0;
    else if (char === '\n') {
      this.#row++;
      this.#column = 0;
      this.#lines[this.#row] ??= [];
    } else if (char >= ' ') {
      const line = this.#lines[this.#row] ?? [];
      while (line.length < this.#column) line.push({ char: ' ', style: '' });
      line[this.#column++] = { char, style: this.#style() };
    }
  }

  #obey(command: string, codes: string): void {
    if (command === 'A') this.#row = Math.max(0, this.#row - Number(codes || 1));
    else if (command === 'K') this.#lines[this.#row]?.splice(this.#column);
    else if (command === 'J') {
      this.#lines[this.#row]?.splice(this.#column);
      this.#lines.splice(this.#row + 1);
    } else if (command === 'm') for (const code of codes.split(';')) this.#paint(Number(code));
  }

  #paint(code: number): void {
    if (code === 1) this.#bold = true;
    else if (code === 2) this.#dim = true;
    else if (code === 22) [this.#bold, this.#dim] = [false, false];
    else if (code === 39) this.#colour = '';
    else if (code === 0) [this.#bold, this.#dim, this.#colour] = [false, false, ''];
    else this.#colour = COLOURS[code] ?? this.#colour;
  }

  #style(): string {
    return [this.#bold ? 'bold' : '', this.#dim ? 'dim' : '', this.#colour].filter(Boolean).join(' ');
  }
}
