/** Evaluates the hostile expressions one after another, and prints what came of each as a line of JSON. Started by `run.ts`. */
import { BoundReached, JsonataError } from '#engine/jsonata/error';
import { compileJsonata } from '#engine/jsonata/jsonata';
import { libraryFrame } from '#engine/jsonata/library/library';
import { statesFrame } from '#engine/jsonata/library/states-library';
import type { Value } from '#engine/jsonata/values/value';
import { corpus } from '#test/fuzz/hostile/corpus';
import { type Hostile, statesFamily } from '#test/fuzz/hostile/family';

/** What came of one of them: `value`, the name of the bound, the code of an error, or the host's own error. */
const outcomeOf = ({ family, expression, input }: Hostile): string => {
  try {
    const value = compileJsonata(expression, family === statesFamily ? statesFrame : libraryFrame).evaluate(
      input as Value,
      { now: () => 0, random: Math.random },
    );
    // Whoever asked for it writes it down.
    JSON.stringify(value);
    return 'value';
  } catch (error) {
    if (error instanceof BoundReached) return error.bound;
    if (error instanceof JsonataError) return error.code;
    return `host ${error instanceof Error ? String(error.stack) : String(error)}`;
  }
};

const [first = 0, last = corpus.length] = process.argv.slice(2).map(Number);
for (let n = first; n < last; n++) {
  // Told before it is tried, so that it is known which one ended the process.
  process.stdout.write(`${n} `);
  const before = process.cpuUsage();
  const outcome = outcomeOf(corpus[n] as Hostile);
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(`${JSON.stringify({ outcome, ms: (user + system) / 1000 })}\n`);
}
