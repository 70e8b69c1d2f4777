import type { Clock } from '#ports/clock';

/** Entries of one SQS batch request. */
const ENTRIES = 10;
/** What SQS bills as one request. */
const CHUNK_BYTES = 64 * 1024;

interface Waiting<T> {
  readonly entry: T;
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** One request for several entries: what became of each. A rejection is that of all. */
export type SendBatch<T> = (entries: readonly T[]) => Promise<readonly (Error | undefined)[]>;

/**
 * Gathers what callers ask for side by side into batch requests. Idle, the first entry waits for `lingerMs` (0: for the end of the turn); while
 * a request is under way entries gather until it is answered; ten go at once. Each caller is told when its own entry is done.
 */
export class Batch<T> {
  readonly #send: SendBatch<T>;
  readonly #clock: Clock;
  readonly #lingerMs: number;
  #waiting: Waiting<T>[] = [];
  #underWay = 0;
  #timed = false;

  constructor(clock: Clock, lingerMs: number, send: SendBatch<T>) {
    this.#clock = clock;
    this.#lingerMs = lingerMs;
    this.#send = send;
  }

  /** Resolves when the request that carries the entry was answered well. `bytes`: the length of its body. */
  add(entry: T, bytes = 0): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, bytes, resolve, reject });
      if (this.#waiting.length >= ENTRIES) this.#flush();
      else if (this.#underWay === 0) this.#soon();
    });
  }

  #soon(): void {
    if (this.#timed) return;
    this.#timed = true;
    const flush = () => {
      this.#timed = false;
      this.#flush();
    };
    if (this.#lingerMs === 0) queueMicrotask(() => queueMicrotask(flush));
    else this.#clock.after(this.#lingerMs, flush);
  }

  #flush(): void {
    while (this.#waiting.length > 0) {
      const group = this.#group();
      this.#underWay++;
      void this.#request(group).then(() => {
        this.#underWay--;
        if (this.#underWay === 0 && this.#waiting.length > 0) this.#soon();
      });
    }
  }

  #group(): Waiting<T>[] {
    let bytes = 0;
    let count = 0;
    for (const { bytes: more } of this.#waiting) {
      if (count === ENTRIES || (count > 0 && bytes + more > CHUNK_BYTES)) break;
      bytes += more;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #request(group: readonly Waiting<T>[]): Promise<void> {
    try {
      const failures = await this.#send(group.map(({ entry }) => entry));
      for (const [index, { resolve, reject }] of group.entries()) {
        const failure = failures[index];
        if (failure) reject(failure);
        else resolve();
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
