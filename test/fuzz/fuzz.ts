/** Seeded expressions, each evaluated by both sides. */
import type { Json } from '#engine/json';
import { collectionTemplates } from '#test/fuzz/builtins-collections';
import { numberTemplates } from '#test/fuzz/builtins-numbers';
import { textTemplates } from '#test/fuzz/builtins-texts';
import { byOurs, byReference, compare, type Outcome } from '#test/fuzz/compare';
import { inputOf } from '#test/fuzz/data';
import { functional } from '#test/fuzz/functional';
import { Generator, type Template } from '#test/fuzz/generator';
import { type Piece, smaller, textOf } from '#test/fuzz/piece';
import { syntax } from '#test/fuzz/syntax';
import { randomFor } from '#test/support/random';

const templates: readonly Template[] = [
  ...syntax,
  ...functional,
  ...numberTemplates,
  ...textTemplates,
  ...collectionTemplates,
];
/** Features that others have within them often enough, or that seldom fail. */
const common: ReadonlySet<string> = new Set(
  '$round,$formatInteger,$pad,negate,$uppercase,&,$encodeUrl,$substring,range,$encodeUrlComponent,$toMillis,$string,$power,$count,$decodeUrl,$base64decode,$parseInteger,$now,$fromMillis,$type,object,$error,array,lambda,$assert,bind,?:,condition,??,block,path'.split(
    ',',
  ),
);
/** Features that others seldom have within them, or that often fail. */
const rare: ReadonlySet<string> = new Set(
  'chain,~>,<,$append,$each,signature,$sift,$single,$clone,$match,regex,$merge'.split(','),
);

/** Counted by the generator's leaves. */
const leaves: readonly string[] = ['name', 'literal'];

/** Every feature that has to occur. */
export const features: readonly string[] = [...new Set([...templates.map(({ feature }) => feature), ...leaves])];

/** What a seed stands for. */
interface Case {
  readonly piece: Piece;
  readonly input: Json;
  readonly used: ReadonlySet<string>;
}

/** Each in its turn is the outermost. */
const turns: readonly Template[] = templates.flatMap((each) =>
  common.has(each.feature) ? [each] : rare.has(each.feature) ? [each, each, each] : [each, each],
);

/** The expression and the input of a seed: each feature has its turn as the outermost node, and a third are wild. */
const caseOf = (seed: number): Case => {
  const random = randomFor(seed, 'expression');
  const wildness = seed % 3 === 0 ? 0.15 : 0.02;
  const generator = new Generator(random, templates, random.between(1, 3), wildness);
  const piece = generator.from(turns[seed % turns.length] as Template, 'any');
  return { piece, input: inputOf(randomFor(seed, 'input')), used: generator.used };
};

/** A difference between the two. */
export interface Difference {
  readonly seed: number;
  readonly expression: string;
  readonly input: Json;
  readonly ours: Outcome;
  readonly reference: Outcome;
}

/** What came of some seeds. */
export interface Fuzzed {
  readonly hits: ReadonlyMap<string, number>;
  readonly differences: readonly Difference[];
  readonly errors: number;
  /** How many results were nothing. */
  readonly nothing: number;
  /** How many differ, and may. */
  readonly excused: number;
}

const compared = async (expression: string, input: Json): Promise<Omit<Difference, 'seed'> | undefined> => {
  const ours = byOurs(expression, input);
  const reference = await byReference(expression, input);
  return compare(expression, ours, reference) !== 'different' ? undefined : { expression, input, ours, reference };
};

/** The smallest expression that was found from this one on which the two differ. */
const shrunk = async (piece: Piece, input: Json): Promise<Piece> => {
  for (let tries = 0, best = piece; ; ) {
    let better: Piece | undefined;
    for (const less of smaller(best)) {
      if (++tries > 3000) return best;
      if (textOf(less).length >= textOf(best).length || (await compared(textOf(less), input)) === undefined) continue;
      better = less;
      break;
    }
    if (better === undefined) return best;
    best = better;
  }
};

/** The input without the members that the difference does not need. */
const shrunkInput = async (expression: string, input: Json): Promise<Json> => {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  let best = input as { readonly [key: string]: Json };
  for (const key of Object.keys(best)) {
    const { [key]: _, ...less } = best;
    if ((await compared(expression, less)) !== undefined) best = less;
  }
  return best;
};

/** Evaluates `count` seeds from `first` on; tells each difference when it is found. */
export const fuzz = async (first: number, count: number, tell: (difference: Difference) => void): Promise<Fuzzed> => {
  const hits = new Map<string, number>(features.map((feature) => [feature, 0]));
  const differences: Difference[] = [];
  let [errors, nothing, excused] = [0, 0, 0];
  for (let seed = first; seed < first + count; seed++) {
    const { piece, input, used } = caseOf(seed);
    const expression = textOf(piece);
    const before = JSON.stringify(input);
    const ours = byOurs(expression, input);
    if (JSON.stringify(input) !== before) throw new Error(`seed ${seed} changed its input: ${expression}`);
    const reference = await byReference(expression, input);
    const verdict = compare(expression, ours, reference);
    if (verdict === 'excused') excused++;
    else if (verdict === 'different') {
      const less = await shrunk(piece, input);
      const lessInput = await shrunkInput(textOf(less), input);
      const difference = {
        seed,
        ...((await compared(textOf(less), lessInput)) ?? { expression, input, ours, reference }),
      };
      differences.push(difference);
      tell(difference);
    } else if (ours.kind === 'error') errors++;
    else {
      if (ours.text === undefined) nothing++;
      for (const feature of used) hits.set(feature, (hits.get(feature) ?? 0) + 1);
    }
  }
  return { hits, differences, errors, nothing, excused };
};
