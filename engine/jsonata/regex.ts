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
import { caseFolding, isLineEnd, isWord } from '#engine/jsonata/regex-characters';
import { parseRegex, RegexSyntaxError } from '#engine/jsonata/regex-parser';
import { compileProgram, Op, type Program, Site } from '#engine/jsonata/regex-program';

export { RegexSyntaxError };

/** A match: offsets in the text, the end exclusive, and what the groups captured, from group 1. */
export interface RegexMatch {
  readonly start: number;
  readonly end: number;
  readonly groups: readonly (string | undefined)[];
}

/** Steps of threads for one unit of fuel. */
const stepsPerUnit = 8;
const stepBits = 3;

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

/** The machine's memory: at most 13 MB, by the bounds of a program. Indexes that are read are in bounds by construction, hence the casts. */
class Machine {
  /** Threads after the character at hand. */
  next = new Threads();
  /** Threads before it. */
  now = new Threads();
  /** The slots of the thread that is followed. */
  slots = new Int32Array(0);
  /** Steps not yet paid for. */
  steps = 0;
  /** By instruction and bit, the mark of the position where it was entered last. */
  #entered = new Int32Array(0);
  #mark = 0;
  /** What is left to follow: an instruction with its bit; or, below 0, the complement of a slot, above the value to put back. */
  readonly #pending: number[] = [];

  prepare({ op, slots }: Program): void {
    const states = 2 * op.length;
    if (this.#entered.length < states) this.#entered = new Int32Array(states);
    if (this.#mark > 0x3fffffff) {
      this.#entered.fill(0);
      this.#mark = 0;
    }
    if (this.slots.length < slots) this.slots = new Int32Array(slots);
    this.now.reserve(states, slots);
    this.next.reserve(states, slots);
    this.now.count = 0;
    this.next.count = 0;
    this.steps = 0;
  }

  /** Goes on to another position. */
  advance(): void {
    const { now } = this;
    this.now = this.next;
    this.next = now;
    now.count = 0;
    this.#mark++;
  }

  /** Follows a thread that has slots in `this.slots` to the characters it consumes, of which `code` is at hand. True where it matches first. */
  follow(program: Program, from: number, text: string, at: number, code: number): boolean {
    const { op, next, argument, sets } = program;
    const { slots } = this;
    const entered = this.#entered;
    const mark = this.#mark;
    const pending = this.#pending;
    pending.length = 0;
    let steps = 0;
    let state = 2 * from + 1;
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
            if (value === code) this.#consume(program, pc);
            alive = false;
            break;
          case Op.set:
            if (sets[value]?.has(code)) this.#consume(program, pc);
            alive = false;
            break;
          case Op.fork:
            pending.push(2 * value + bit);
            break;
          case Op.save:
            this.#put(value, at);
            break;
          case Op.clear:
            for (let slot = value >> 8; slot <= (value & 0xff); slot++) {
              if (slots[slot] !== -1) this.#put(slot, -1);
            }
            steps += ((value & 0xff) - (value >> 8)) >> 3;
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
            this.steps += steps;
            return true;
        }
        if (alive) state = 2 * (next[pc] as number) + bit;
      }
      if (alive) continue;
      let left = pending.pop();
      while (left !== undefined && left < 0) {
        slots[~left] = pending.pop() as number;
        left = pending.pop();
      }
      if (left === undefined) break;
      state = left;
    }
    this.steps += steps;
    return false;
  }

  /** Sets a slot until the pending ways before it are followed. */
  #put(slot: number, value: number): void {
    if (this.#pending.length > 0) this.#pending.push(this.slots[slot] as number, ~slot);
    this.slots[slot] = value;
  }

  #consume(program: Program, pc: number): void {
    const { next } = this;
    const width = program.slots;
    const row = next.count * width;
    for (let slot = 0; slot < width; slot++) next.slots[row + slot] = this.slots[slot] as number;
    next.at[next.count++] = program.next[pc] as number;
    this.steps += width >> 2;
  }

  /** Makes a waiting thread the one that is followed. */
  load(thread: number, width: number): void {
    const row = thread * width;
    for (let slot = 0; slot < width; slot++) this.slots[slot] = this.now.slots[row + slot] as number;
  }
}

/** One for all, so that a match of a few characters does not allocate: a run neither waits nor calls what could start another. */
const machine = new Machine();

/** Takes the fuel for the whole units of the steps made. */
const pay = (meter: Meter): void => {
  if (machine.steps < stepsPerUnit) return;
  meter.burn(machine.steps >> stepBits);
  machine.steps &= stepsPerUnit - 1;
};

/** How a program must begin: it saves a search most positions. */
interface Opening {
  /** Only at the start of the text. */
  readonly anchored: boolean;
  /** Only with this character. */
  readonly literal: string | undefined;
}

const openingOf = ({ op, next, argument, start }: Program, folded: boolean): Opening => {
  let pc = start;
  while (op[pc] === Op.save || op[pc] === Op.clear) pc = next[pc] ?? 0;
  const value = argument[pc] ?? 0;
  return {
    anchored: op[pc] === Op.place && value === Site.start,
    literal: op[pc] === Op.character && !folded ? String.fromCharCode(value) : undefined,
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
    const { start, slots: width } = program;
    let found: Int32Array | undefined;
    let end = 0;
    meter.burn(1);
    machine.prepare(program);
    for (let at = this.#candidate(text, from, meter); at !== undefined && at <= text.length; ) {
      const code = at < text.length ? this.#codeAt(text, at) : -1;
      machine.advance();
      let matched = false;
      for (let thread = 0; thread < machine.now.count && !matched; thread++) {
        machine.load(thread, width);
        matched = machine.follow(program, machine.now.at[thread] as number, text, at, code);
      }
      if (!matched && found === undefined) {
        machine.slots.fill(-1, 0, width);
        machine.slots[0] = at;
        matched = machine.follow(program, start, text, at, code);
      }
      if (matched) {
        found = machine.slots.slice(0, width);
        end = at;
      }
      machine.steps++;
      pay(meter);
      if (machine.next.count > 0) at++;
      else if (found === undefined) at = this.#candidate(text, at + 1, meter);
      else break;
    }
    return found === undefined ? undefined : this.#match(text, found, end, meter);
  }

  #codeAt(text: string, at: number): number {
    const code = text.charCodeAt(at);
    return this.#canonical === undefined ? code : (this.#canonical[code] as number);
  }

  /** Where a match could start, from `from` on. */
  #candidate(text: string, from: number, meter: Meter): number | undefined {
    const { anchored, literal } = this.#opening;
    if (anchored) return from === 0 ? 0 : undefined;
    if (literal === undefined) return from;
    const at = text.indexOf(literal, from);
    // A search for one character is a few bytes of memory for each: the longest text takes 3 % of the default fuel.
    meter.burn(((at < 0 ? text.length : at) - Math.min(from, text.length)) >> 6);
    return at < 0 ? undefined : at;
  }

  #match(text: string, found: Int32Array, end: number, meter: Meter): RegexMatch {
    const groups: (string | undefined)[] = [];
    for (let slot = 1; slot < found.length; slot += 2) {
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
