/**
 * Regular expressions in time linear in the text. The host's engine backtracks: `(a+)+$` would hold the process for years. Here all ways to match go
 * through the text side by side, as threads in the order of their priority.
 *
 * 1. At one position, each instruction is entered at most once by threads that have consumed in their turn and once by ones that have not
 *    (`regex-program.ts`). The first to enter has the highest priority, and a later one would do the same; so it may end.
 * 2. A thread that matches ends all threads of lower priority; those of higher priority go on, and may replace its match.
 * 3. Every step takes fuel, and no position is left before its steps are paid for. One position takes at most twice the program's length.
 */
import type { Meter } from '#engine/jsonata/meter';
import { type CharacterSet, caseFolding, isLineEnd, isWord } from '#engine/jsonata/regex/regex-characters';
import { parseRegex, RegexSyntaxError } from '#engine/jsonata/regex/regex-parser';
import { compileProgram, Op, type Program, Site } from '#engine/jsonata/regex/regex-program';

export { RegexSyntaxError };

/** A match: offsets in the text, the end exclusive, and what the groups captured, from group 1. */
export interface RegexMatch {
  readonly start: number;
  readonly end: number;
  readonly groups: readonly (string | undefined)[];
}

/**
 * So many steps are paid for at a time, as a power of 2: 8. What else costs time counts as steps, so that the default fuel is spent in the time of a
 * plain expression at most (`npm run fuzz:jsonata -- --hostile`, the families of patterns).
 */
const stepBits = 3;
const stepsPerPosition = 6;
const stepsPerThread = 3;
/** Units of fuel for one call: of a search for each of many short matches, most of the time goes into beginning and ending. */
const unitsPerMatch = 5;

/** Threads that wait at one position, in the order of their priority. */
class Threads {
  count = 0;
  /** The instruction each goes on with. */
  at = new Int32Array(0);
  /** The slots of each, row after row. */
  slots = new Int32Array(0);

  reserve(threads: number, slots: number): void {
    if (this.at.length < threads) this.at = new Int32Array(threads);
    if (this.slots.length < threads * slots) this.slots = new Int32Array(threads * slots);
  }
}

const holds = (site: number, text: string, at: number): boolean => {
  switch (site) {
    case Site.start:
      return at === 0;
    case Site.lineStart:
      return at === 0 || isLineEnd(text.charCodeAt(at - 1));
    case Site.end:
      return at === text.length;
    case Site.lineEnd:
      return at === text.length || isLineEnd(text.charCodeAt(at));
    default: {
      const edge = (at > 0 && isWord(text.charCodeAt(at - 1))) !== (at < text.length && isWord(text.charCodeAt(at)));
      return edge === (site === Site.wordEdge);
    }
  }
};

/** Runs programs. Indexes that are read are in bounds by construction, hence the casts. It keeps at most 13 MB, by the bounds of a program. */
class Machine {
  /** Steps not yet paid for. */
  steps = 0;
  /** The slots of the thread that is followed. */
  slots = new Int32Array(0);
  /** The slots of the best match yet. */
  found = new Int32Array(0);
  /** Threads before the character at hand. */
  #now = new Threads();
  /** Threads after it. */
  #next = new Threads();
  /** By instruction and bit, the mark of the position where it was entered last. */
  #entered = new Int32Array(0);
  #mark = 0;
  /**
   * A stack of what is left to follow: an instruction with its bit; or, below 0, the complement of a slot, above the value to put back. It keeps its
   * length, as an array that is emptied must grow again.
   */
  readonly #pending: number[] = [];

  /** Whether threads wait for the next character. */
  get waits(): boolean {
    return this.#next.count > 0;
  }

  prepare({ op, slots }: Program): void {
    const states = 2 * op.length;
    if (this.#entered.length < states) this.#entered = new Int32Array(states);
    if (this.#mark > 0x3fffffff) {
      this.#entered.fill(0);
      this.#mark = 0;
    }
    if (this.slots.length < slots) {
      this.slots = new Int32Array(slots);
      this.found = new Int32Array(slots);
    }
    this.#now.reserve(states, slots);
    this.#next.reserve(states, slots);
    this.#next.count = 0;
    this.steps = 0;
  }

  /**
   * Follows all threads, and where `begins` a new one after them, to the characters they consume, of which `code` is at hand at `at`. True where one
   * matches: its slots are left in `slots`, and no thread of lower priority waits any more.
   */
  step(program: Program, begins: boolean, text: string, at: number, code: number): boolean {
    const { op, next, argument, sets, slots: width } = program;
    const now = this.#next;
    const after = this.#now;
    this.#now = now;
    this.#next = after;
    after.count = 0;
    const mark = ++this.#mark;
    const { slots } = this;
    const entered = this.#entered;
    const pending = this.#pending;
    const rows = now.slots;
    const rowsAfter = after.slots;
    const threads = now.count + (begins ? 1 : 0);
    let steps = stepsPerPosition;
    let waiting = 0;
    let matched = false;
    for (let thread = 0; thread < threads && !matched; thread++) {
      let state = 2 * program.start + 1;
      if (thread < now.count) {
        state = 2 * (now.at[thread] as number) + 1;
        for (let slot = 0, from = thread * width; slot < width; slot++) slots[slot] = rows[from + slot] as number;
      } else {
        slots.fill(-1, 0, width);
        slots[0] = at;
      }
      let left = 0;
      for (;;) {
        steps++;
        let alive = entered[state] !== mark;
        if (alive) {
          entered[state] = mark;
          const pc = state >> 1;
          const value = argument[pc] as number;
          let bit = state & 1;
          switch (op[pc]) {
            case Op.character:
            case Op.set:
              alive = false;
              if (op[pc] === Op.character ? value !== code : !(sets[value] as CharacterSet).has(code)) break;
              for (let slot = 0, to = waiting * width; slot < width; slot++) {
                rowsAfter[to + slot] = slots[slot] as number;
              }
              after.at[waiting++] = next[pc] as number;
              steps += stepsPerThread + (width >> 1);
              break;
            case Op.fork:
              pending[left++] = 2 * value + bit;
              break;
            case Op.save:
              if (left > 0) {
                pending[left++] = slots[value] as number;
                pending[left++] = ~value;
              }
              slots[value] = at;
              break;
            case Op.clear:
              left = this.#clear(value >> 8, value & 0xff, left);
              steps += ((value & 0xff) - (value >> 8)) >> 1;
              break;
            case Op.turn:
              bit = 0;
              break;
            case Op.moved:
              alive = bit === 1;
              break;
            case Op.place:
              alive = holds(value, text, at);
              break;
            default:
              matched = true;
              alive = false;
              left = 0;
          }
          if (alive) state = 2 * (next[pc] as number) + bit;
        }
        if (alive) continue;
        while (left > 0 && (pending[left - 1] as number) < 0) {
          slots[~(pending[left - 1] as number)] = pending[left - 2] as number;
          left -= 2;
        }
        if (left === 0) break;
        state = pending[--left] as number;
      }
    }
    after.count = waiting;
    this.steps += steps;
    return matched;
  }

  /** Keeps the match that was just found. */
  keep(width: number): void {
    for (let slot = 0; slot < width; slot++) this.found[slot] = this.slots[slot] as number;
    this.steps += width >> 1;
  }

  /** Empties slots until the ways pending below are followed; the new height of the stack. */
  #clear(first: number, last: number, height: number): number {
    const pending = this.#pending;
    let left = height;
    for (let slot = first; slot <= last; slot++) {
      const value = this.slots[slot] as number;
      if (value === -1) continue;
      if (left > 0) {
        pending[left++] = value;
        pending[left++] = ~slot;
      }
      this.slots[slot] = -1;
    }
    return left;
  }
}

/** One for all, so that a match of a few characters does not allocate: a run neither waits nor calls what could start another. */
const machine = new Machine();

/** Takes the fuel for the steps made: one unit and a half for eight of them. */
const pay = (meter: Meter): void => {
  const units = machine.steps >> stepBits;
  meter.burn(units + (units >> 1));
  machine.steps &= (1 << stepBits) - 1;
};

/** How a match must begin: it saves a search most positions. */
interface Opening {
  /** Only at the start of the text. */
  readonly anchored: boolean;
  /** Only with this character. */
  readonly literal: string | undefined;
  /** Only with a character of this set. */
  readonly set: CharacterSet | undefined;
}

const openingOf = ({ op, next, argument, sets, start }: Program, folded: boolean): Opening => {
  let pc = start;
  while (op[pc] === Op.save || op[pc] === Op.clear) pc = next[pc] ?? 0;
  const value = argument[pc] ?? 0;
  return {
    anchored: op[pc] === Op.place && value === Site.start,
    literal: op[pc] === Op.character && !folded ? String.fromCharCode(value) : undefined,
    set: op[pc] === Op.set ? sets[value] : undefined,
  };
};

/** A compiled regular expression. It holds no state between matches. */
export class Regex {
  readonly source: string;
  readonly flags: string;
  /** Instructions of its program, at most 4,000, of some 10 bytes each: for whoever keeps many. */
  readonly size: number;
  readonly #program: Program;
  readonly #canonical: Uint16Array | undefined;
  readonly #opening: Opening;

  /** Throws `RegexSyntaxError`. */
  constructor(source: string, flags: string) {
    for (const flag of flags) {
      if (!'gim'.includes(flag)) throw new RegexSyntaxError(`the flag ${flag} is not supported`, source.length);
    }
    const folding = flags.includes('i') ? caseFolding() : undefined;
    this.source = source;
    this.flags = flags;
    this.#program = compileProgram(parseRegex(source), folding, flags.includes('m'));
    this.size = this.#program.op.length;
    this.#canonical = folding?.canonical;
    this.#opening = openingOf(this.#program, folding !== undefined);
  }

  /**
   * The first match that starts at `from` or after it, as `RegExp.prototype.exec` finds it with `lastIndex` at `from`. Takes one unit of fuel for
   * each 8 steps. Throws `BoundReached`.
   */
  exec(text: string, from: number, meter: Meter): RegexMatch | undefined {
    const program = this.#program;
    let end = -1;
    meter.burn(unitsPerMatch);
    machine.prepare(program);
    for (let at = this.#candidate(text, from, meter); at !== undefined; ) {
      const code = at < text.length ? this.#codeAt(text, at) : -1;
      if (machine.step(program, end < 0, text, at, code)) {
        machine.keep(program.slots);
        end = at;
      }
      pay(meter);
      if (machine.waits) at++;
      else if (end < 0) at = this.#candidate(text, at + 1, meter);
      else break;
    }
    return end < 0 ? undefined : this.#match(text, end, meter);
  }

  #codeAt(text: string, at: number): number {
    const code = text.charCodeAt(at);
    return this.#canonical === undefined ? code : (this.#canonical[code] as number);
  }

  /** Where a match could start, from `from` on; the fuel is for the characters passed over. */
  #candidate(text: string, from: number, meter: Meter): number | undefined {
    const { anchored, literal, set } = this.#opening;
    if (from > text.length || (anchored && from > 0)) return undefined;
    if (literal !== undefined) {
      const at = text.indexOf(literal, from);
      meter.burn(((at < 0 ? text.length : at) - from) >> 6);
      return at < 0 ? undefined : at;
    }
    if (set === undefined) return from;
    let at = from;
    while (at < text.length && !set.has(this.#codeAt(text, at))) at++;
    meter.burn((at - from) >> 3);
    return at < text.length ? at : undefined;
  }

  #match(text: string, end: number, meter: Meter): RegexMatch {
    const { found } = machine;
    const { slots } = this.#program;
    const groups: (string | undefined)[] = [];
    for (let slot = 1; slot < slots; slot += 2) {
      const from = found[slot] as number;
      const to = found[slot + 1] as number;
      groups.push(from < 0 || to < 0 ? undefined : text.slice(from, to));
    }
    meter.burn(groups.length);
    return { start: found[0] as number, end, groups };
  }
}

/** Compiles a regular expression with the flags `i`, `m` and `g`, of which `g` says nothing here. Throws `RegexSyntaxError`. */
export const compileRegex = (source: string, flags: string): Regex => new Regex(source, flags);
