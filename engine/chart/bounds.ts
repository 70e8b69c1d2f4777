/**
 * The bounds of expressions as settings. An installation has them; the chart that is stored carries them in its envelope from then on, so that whoever holds one of its flows, whenever, stops an expression
 * where any other would.
 */
import { z } from 'zod';
import { type Bounds, defaultBounds } from '#engine/jsonata/meter';

/** What each bound may be set to, from the least to the most. Depth is bounded by the stack of the process, and size by the texts that it can make. */
export const boundRanges: { readonly [bound in keyof Bounds]: { readonly least: number; readonly most: number } } = {
  fuel: { least: 1_000, most: 100_000_000 },
  depth: { least: 10, most: 2_000 },
  size: { least: 1_000, most: 100_000_000 },
};

const names = Object.keys(boundRanges) as readonly (keyof Bounds)[];

const ruleOf = (name: keyof Bounds): string =>
  `must be a whole number from ${boundRanges[name].least} to ${boundRanges[name].most}`;

const bound = (name: keyof Bounds) => {
  const { least, most } = boundRanges[name];
  return z.int(ruleOf(name)).min(least, ruleOf(name)).max(most, ruleOf(name)).optional();
};

/** `bounds` of a chart's envelope. */
export const boundsSchema = z.strictObject({ fuel: bound('fuel'), depth: bound('depth'), size: bound('size') });

/** Bounds of which some may be left open. */
export type SomeBounds = { readonly [bound in keyof Bounds]?: number | undefined };

/** The bounds that were asked for; where they are left open, the others. */
export const boundsOf = (asked: SomeBounds = {}, otherwise: Bounds = defaultBounds): Bounds => ({
  fuel: asked.fuel ?? otherwise.fuel,
  depth: asked.depth ?? otherwise.depth,
  size: asked.size ?? otherwise.size,
});

/** What is wrong with bounds as settings, in a sentence for each. */
export const mistakesOf = (bounds: SomeBounds): readonly string[] =>
  names.flatMap((name) => {
    const value = bounds[name];
    if (value === undefined || bound(name).safeParse(value).success) return [];
    return [`The bound '${name}' of expressions is ${value}: it ${ruleOf(name)}.`];
  });

/** By which bounds a chart asks for more than an installation allows, and for how much. */
export const beyond = (asked: SomeBounds = {}, allowed: Bounds): readonly (readonly [keyof Bounds, number])[] =>
  names.flatMap((name) => {
    const value = asked[name];
    return value !== undefined && value > allowed[name] ? [[name, value] as const] : [];
  });
