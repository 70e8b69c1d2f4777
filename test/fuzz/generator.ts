/**
 * Expressions of a wanted type, made of templates. Each template is a feature, a kind of node or a function, and is counted where it is used. Types
 * are kept to most of the time, so that most expressions have a result; now and then anything stands anywhere.
 */
import { numberOf, texts } from '#test/fuzz/data';
import { closed, inside, open, type Piece } from '#test/fuzz/piece';
import type { Random } from '#test/support/random';

/** What an expression comes to. `list`: of numbers, texts or objects; `objects`: of objects of the documents. */
export type Type = 'number' | 'text' | 'boolean' | 'numbers' | 'texts' | 'object' | 'objects' | 'any';

/** What the context is, by its members. */
export type Shape = 'document' | 'item' | 'part' | 'other';

/** A feature, and how it is written. */
export interface Template {
  readonly feature: string;
  /** Undefined: it gives whatever is wanted. */
  readonly type: Type | undefined;
  readonly make: (g: Generator, wanted: Type) => Piece;
}

interface Variable {
  readonly name: string;
  readonly type: Type;
}

const members: Readonly<Record<Shape, Readonly<Record<string, Type>>>> = {
  document: {
    n: 'number',
    m: 'number',
    s: 'text',
    t: 'text',
    flag: 'boolean',
    nil: 'any',
    nums: 'numbers',
    strs: 'texts',
    items: 'objects',
    one: 'object',
    nest: 'any',
    mix: 'any',
    none: 'object',
    '`odd key`': 'any',
    'items.price': 'numbers',
    'items.name': 'texts',
    'items.tags': 'texts',
    'items.sub.v': 'numbers',
    'one.name': 'text',
    'one.price': 'number',
    'items.parts': 'any',
    'items.parts.k': 'texts',
  },
  item: {
    id: 'number',
    name: 'text',
    price: 'number',
    tags: 'texts',
    marks: 'numbers',
    sub: 'object',
    parts: 'any',
    'sub.k': 'text',
    'sub.v': 'number',
    'parts.v': 'numbers',
  },
  part: { k: 'text', v: 'number', w: 'text', list: 'numbers' },
  other: { a: 'any', k: 'any', v: 'any' },
};

const everyType: readonly Type[] = ['number', 'text', 'boolean', 'numbers', 'texts', 'object', 'objects'];

/**
 * The reference takes the left side of `??` and `?:` twice, once as a copy by way of JSON. In the copy any regular expression is /[object Object]/, which
 * finds the same match for ever, and a signature is none (`signature.validate is not a function`).
 */
export const lostInCopies: readonly string[] = ['regex', '$match', '$contains', '$replace', '$split', 'signature'];

/** Draws the parts of one expression. */
export class Generator {
  readonly random: Random;
  /** The features of the expression so far. */
  readonly used: Set<string>;
  readonly shape: Shape;
  private readonly templates: readonly Template[];
  private readonly depth: number;
  private readonly variables: readonly Variable[];
  /** How often a part is of another type than is wanted. */
  private readonly wildness: number;

  constructor(
    random: Random,
    templates: readonly Template[],
    depth: number,
    wildness: number,
    shape: Shape = 'document',
    variables: readonly Variable[] = [],
    used: Set<string> = new Set(),
  ) {
    this.random = random;
    this.templates = templates;
    this.depth = depth;
    this.wildness = wildness;
    this.shape = shape;
    this.variables = variables;
    this.used = used;
  }

  /** Where the context is another, and more variables are bound. */
  within(shape: Shape, ...more: readonly Variable[]): Generator {
    const { random, templates, depth, wildness, used } = this;
    return new Generator(random, templates, depth, wildness, shape, [...this.variables, ...more], used);
  }

  /** Without some features. */
  without(features: readonly string[]): Generator {
    const { random, depth, wildness, shape, variables, used } = this;
    const templates = this.templates.filter(({ feature }) => !features.includes(feature));
    return new Generator(random, templates, depth, wildness, shape, variables, used);
  }

  /** An expression of the type. */
  make(type: Type): Piece {
    const wanted = this.random.chance(this.wildness) ? 'any' : type;
    const below = this.deeper();
    if (this.depth <= 0 || this.random.chance(0.25)) return below.leaf(wanted);
    const fitting = this.templates.filter(
      (each) => each.type === undefined || wanted === 'any' || each.type === wanted,
    );
    return below.from(this.random.pick(fitting), wanted);
  }

  /** As `make`, with brackets where they are needed beside an operator. */
  operand(type: Type): Piece {
    return inside(this.make(type));
  }

  /** By this template. */
  from(template: Template, wanted: Type): Piece {
    this.used.add(template.feature);
    return template.make(this, wanted);
  }

  /** A path of names, a variable or a literal. */
  leaf(type: Type): Piece {
    const kind = this.random.between(0, 9);
    const fitting = (of: Type): boolean => of === type || type === 'any';
    if (kind < 5) {
      const names = Object.entries(members[this.shape]).filter(([, of]) => fitting(of));
      if (names.length > 0) return this.path(this.random.pick(names)[0]);
    }
    if (kind < 8) {
      const variables = this.variables.filter((each) => fitting(each.type));
      if (variables.length > 0) return closed`${`$${this.random.pick(variables).name}`}`;
    }
    if (this.shape !== 'document' && this.random.chance(0.3)) {
      const names = Object.entries(members.document).filter(([, of]) => fitting(of));
      if (names.length > 0) {
        this.used.add('$$');
        const path = this.path(this.random.pick(names)[0]);
        return closed`$$.${path}`;
      }
    }
    return this.literal(type);
  }

  private path(names: string): Piece {
    this.used.add('name');
    if (names.includes('.')) this.used.add('path');
    return closed`${names}`;
  }

  /** A value that is written out. */
  literal(type: Type): Piece {
    const { random } = this;
    switch (type) {
      case 'number': {
        this.used.add('literal');
        const value = numberOf(random);
        return value < 0 ? open`${String(value)}` : closed`${String(value)}`;
      }
      case 'text':
        this.used.add('literal');
        return quoted(random.pick(texts));
      case 'boolean':
        this.used.add('literal');
        return closed`${random.pick(['true', 'false'])}`;
      case 'numbers':
        return closed`${`[${Array.from({ length: random.between(0, 4) }, () => numberOf(random)).join(', ')}]`}`;
      case 'texts':
        return closed`${`[${Array.from({ length: random.between(0, 4) }, () => JSON.stringify(random.pick(texts))).join(', ')}]`}`;
      case 'object':
        return closed`{"k": ${this.literal('text')}, "v": ${this.literal('number')}}`;
      case 'objects':
        return closed`[${this.literal('object')}, {"id": 1, "name": "ann", "price": 3}]`;
      case 'any':
        return random.chance(0.1)
          ? closed`${random.pick(['null', '[]', '{}', '$', '$$', 'missing', '[[1]]'])}`
          : this.literal(random.pick(everyType));
    }
  }

  private deeper(): Generator {
    const { random, templates, depth, wildness, shape, variables, used } = this;
    return new Generator(random, templates, depth - 1, wildness, shape, variables, used);
  }
}

/** A text as a literal. */
export const quoted = (text: string): Piece => closed`${JSON.stringify(text)}`;
