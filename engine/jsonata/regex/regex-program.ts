/**
 * A regular expression as instructions for a machine whose threads all stand at the same character (Pike, "A Regular Expression Matcher", after
 * Thompson 1968). Each instruction names the next one; there are no jumps. The order in which `fork` names its two ways is their priority.
 *
 * A turn of a quantifier beyond its minimum must not match the empty text (ECMA-262, RepeatMatcher). One bit of a thread tells it: `turn` clears it,
 * a consumed character sets it, `moved` ends a thread without it. One bit does for nested quantifiers as well: an inner turn that ends has consumed,
 * so it has for the outer one too; and an inner quantifier without turns leaves the bit as it was.
 */
import { CharacterSet, type Folding } from '#engine/jsonata/regex/regex-characters';
import {
  type ParsedRegex,
  type Place,
  type RegexNode,
  RegexSyntaxError,
  type RepeatNode,
} from '#engine/jsonata/regex/regex-parser';

/** The kinds of instructions, and what `argument` is for each. */
export const Op = {
  /** The unit to consume. */
  character: 0,
  /** The index of the set of which one unit is consumed. */
  set: 1,
  /** Where to go if the way by `next` fails. */
  fork: 2,
  /** The slot that takes the position. */
  save: 3,
  /** First and last slot to empty, as `first << 8 | last`. */
  clear: 4,
  /** A turn begins. */
  turn: 5,
  /** The turn must have consumed something. */
  moved: 6,
  /** The place (`Site`) to be at. */
  place: 7,
  /** The whole expression has matched. */
  match: 8,
} as const;

/** The places of `Op.place`. */
export const Site = { start: 0, lineStart: 1, end: 2, lineEnd: 3, wordEdge: 4, noWordEdge: 5 } as const;

/** A compiled expression. */
export interface Program {
  readonly op: Uint8Array;
  readonly next: Int32Array;
  readonly argument: Int32Array;
  readonly sets: readonly CharacterSet[];
  /** The first instruction. */
  readonly start: number;
  /** Slots of a thread: 0 is where its match starts, 2n-1 and 2n are the bounds of group n. */
  readonly slots: number;
}

/** 4,000 take some 40 kB; a run over a text takes at most 8,000 steps for each character. */
const maxInstructions = 4_000;

class Compiler {
  readonly op: number[] = [];
  readonly next: number[] = [];
  readonly argument: number[] = [];
  readonly sets: CharacterSet[] = [];
  readonly #setOf = new Map<RegexNode, number>();
  readonly #folding: Folding | undefined;
  readonly #multiline: boolean;

  constructor(folding: Folding | undefined, multiline: boolean) {
    this.#folding = folding;
    this.#multiline = multiline;
  }

  add(op: number, next: number, argument = 0): number {
    if (this.op.length >= maxInstructions) {
      throw new RegexSyntaxError(`a regular expression of more than ${maxInstructions} instructions`, 0);
    }
    this.next.push(next);
    this.argument.push(argument);
    return this.op.push(op) - 1;
  }

  /** The instructions of `node` before those at `next`, and so the last one first. Every node but `empty` adds one at least. */
  emit(node: RegexNode, next: number): number {
    switch (node.kind) {
      case 'empty':
        return next;
      case 'character':
        return this.add(Op.character, next, this.#folding?.canonical[node.code] ?? node.code);
      case 'set':
        return this.add(Op.set, next, this.#set(node));
      case 'place':
        return this.add(Op.place, next, this.#site(node.place));
      case 'sequence':
        return node.nodes.reduceRight((after, part) => this.emit(part, after), next);
      case 'choice': {
        const [last, ...others] = node.nodes.map((way) => this.emit(way, next)).reverse();
        return others.reduce((rest, way) => this.add(Op.fork, way, rest), last ?? next);
      }
      case 'group':
        return this.add(Op.save, this.emit(node.node, this.add(Op.save, next, 2 * node.index)), 2 * node.index - 1);
      case 'repeat':
        return this.#repeat(node, next);
    }
  }

  #repeat(repeat: RepeatNode, next: number): number {
    const { min, max, nullable } = repeat;
    if (max !== Number.POSITIVE_INFINITY) {
      let after = next;
      for (let count = min; count < max; count++) after = this.#fork(repeat, this.#guarded(repeat, after), next);
      return this.#copies(repeat, min, after);
    }
    const fork = this.add(Op.fork, next, next);
    // The last turn of the minimum is the loop's first one, unless it alone may be empty.
    const shared = min > 0 && !nullable;
    const turn = this.#guarded(repeat, fork);
    this.#aim(fork, repeat.lazy, turn, next);
    return shared ? this.#copies(repeat, min - 1, turn) : this.#copies(repeat, min, fork);
  }

  #copies(repeat: RepeatNode, count: number, next: number): number {
    let after = next;
    for (let copy = 0; copy < count; copy++) after = this.#turn(repeat, after);
    return after;
  }

  #fork(repeat: RepeatNode, turn: number, out: number): number {
    const fork = this.add(Op.fork, out, out);
    this.#aim(fork, repeat.lazy, turn, out);
    return fork;
  }

  #aim(fork: number, lazy: boolean, turn: number, out: number): void {
    this.next[fork] = lazy ? out : turn;
    this.argument[fork] = lazy ? turn : out;
  }

  /** A turn, which empties the groups inside. */
  #turn({ node, groups: { first, end } }: RepeatNode, next: number): number {
    const body = this.emit(node, next);
    return first === end ? body : this.add(Op.clear, body, ((2 * first - 1) << 8) | (2 * end - 2));
  }

  /** A turn beyond the minimum. */
  #guarded(repeat: RepeatNode, next: number): number {
    if (!repeat.nullable) return this.#turn(repeat, next);
    return this.add(Op.turn, this.#turn(repeat, this.add(Op.moved, next)));
  }

  #set(node: RegexNode & { kind: 'set' }): number {
    const known = this.#setOf.get(node);
    if (known !== undefined) return known;
    const index = this.sets.push(new CharacterSet(node.ranges, node.negated, this.#folding)) - 1;
    this.#setOf.set(node, index);
    return index;
  }

  #site(place: Place): number {
    switch (place) {
      case 'start':
        return this.#multiline ? Site.lineStart : Site.start;
      case 'end':
        return this.#multiline ? Site.lineEnd : Site.end;
      case 'word-edge':
        return Site.wordEdge;
      case 'no-word-edge':
        return Site.noWordEdge;
    }
  }
}

/** Compiles a parsed expression; `folding` is there under the flag `i`. Throws `RegexSyntaxError` where the program would be too large. */
export const compileProgram = (
  { node, groups }: ParsedRegex,
  folding: Folding | undefined,
  multiline: boolean,
): Program => {
  const compiler = new Compiler(folding, multiline);
  const start = compiler.emit(node, compiler.add(Op.match, 0));
  return {
    op: Uint8Array.from(compiler.op),
    next: Int32Array.from(compiler.next),
    argument: Int32Array.from(compiler.argument),
    sets: compiler.sets,
    start,
    slots: 2 * groups + 1,
  };
};
