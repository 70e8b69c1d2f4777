/** The first `max` bytes of a stream. */
export class HeadCapture {
  readonly #max: number;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  truncated = false;

  constructor(max: number) {
    this.#max = max;
  }

  add(chunk: Buffer): void {
    const room = this.#max - this.#bytes;
    if (chunk.length > room) this.truncated = true;
    if (room <= 0) return;
    const kept = chunk.length > room ? chunk.subarray(0, room) : chunk;
    this.#chunks.push(kept);
    this.#bytes += kept.length;
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

/** The last `max` bytes of a stream: what a command says before it dies. */
export class TailCapture {
  readonly #max: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  truncated = false;

  constructor(max: number) {
    this.#max = max;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > this.#max) this.truncated = true;
    // Joined only at twice the bound, so that each byte is copied at most twice however small the chunks are.
    if (this.#bytes > 2 * this.#max) {
      this.#chunks = [this.#tail()];
      this.#bytes = this.#max;
    }
  }

  text(): string {
    return this.#tail().toString('utf8');
  }

  #tail(): Buffer {
    const all = Buffer.concat(this.#chunks);
    // A copy: a view would keep the whole of it.
    return all.length <= this.#max ? all : Buffer.from(all.subarray(all.length - this.#max));
  }
}

/** A line without its end is passed on at this length, so that a command which never ends one costs no memory. */
const LONGEST_LINE = 8 * 1024;

/** Passes a stream on line by line. */
export class LineSplitter {
  readonly #decoder = new TextDecoder();
  readonly #line: (text: string) => void;
  #rest = '';

  constructor(line: (text: string) => void) {
    this.#line = line;
  }

  add(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > LONGEST_LINE) {
      lines.push(this.#rest);
      this.#rest = '';
    }
    for (const line of lines) this.#line(line.replace(/\r$/, ''));
  }

  end(): void {
    if (this.#rest !== '') this.#line(this.#rest);
    this.#rest = '';
  }
}
