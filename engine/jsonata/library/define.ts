/** How built-in functions are written down. */
import { Signature } from '#engine/jsonata/values/signature';
import { Native, type Run } from '#engine/jsonata/values/value';

/** Built-in functions by name, without the `$`. */
export type Library = readonly (readonly [name: string, native: Native])[];

/**
 * A built-in: its signature, how many arguments it is called with by those who hand arguments on, and what it does. Its arguments have been checked
 * against the signature.
 */
export const define = (name: string, signature: string, arity: number, run: Run): readonly [string, Native] => [
  name,
  new Native(arity, new Signature(signature), run),
];

/** A built-in whose first argument is not there gives nothing. */
export const defineOf = (name: string, signature: string, arity: number, run: Run): readonly [string, Native] =>
  define(name, signature, arity, (args, machine, input, frame) =>
    args[0] === undefined ? undefined : run(args, machine, input, frame),
  );

/** A built-in that gives nothing where one of its first `needed` arguments is not there. */
export const defineOfAll = (
  name: string,
  signature: string,
  needed: number,
  arity: number,
  run: Run,
): readonly [string, Native] =>
  define(name, signature, arity, (args, machine, input, frame) => {
    for (let i = 0; i < needed; i++) if (args[i] === undefined) return undefined;
    return run(args, machine, input, frame);
  });
