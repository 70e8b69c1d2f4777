/** What the templates of the built-in functions share. */
import type { Generator, Template, Type } from '#test/fuzz/generator';
import { closed, type Piece } from '#test/fuzz/piece';
import { template } from '#test/fuzz/syntax';

/** A whole number. */
export const whole = (g: Generator, low: number, high: number): Piece => closed`${String(g.random.between(low, high))}`;

/** A template of a built-in. */
export const call = (name: string, type: Type | undefined, ...makes: readonly Template['make'][]): Template =>
  template(`$${name}`, type, ...makes);

/** Built-ins of one argument. */
export const simple = (names: readonly string[], type: Type, argument: Type): readonly Template[] =>
  names.map((name) =>
    call(
      name,
      type,
      (g) => closed`$${name}(${g.make(argument)})`,
      (g) => closed`$${name}(${g.make(argument)})`,
      (g) => closed`$${name}(${g.make(g.random.chance(0.3) ? 'any' : argument)})`,
      (g) => closed`${g.operand(argument)}.$${name}(${g.random.pick(['', '$'])})`,
    ),
  );
