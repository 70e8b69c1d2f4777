/** Evaluates the hostile expressions one after another, and prints what came of each as a line of JSON. Started by `hostile-run.ts`. */
import { BoundReached, JsonataError } from '#engine/jsonata/error';
import { compileJsonata } from '#engine/jsonata/jsonata';
import type { Value } from '#engine/jsonata/value';
import { type Hostile, hostile, plain } from '#test/fuzz/hostile';

/** What came of one of them: `value`, the name of the bound, the code of an error, or the host's own error. */
const outcomeOf = ({ expression, input }: Hostile): string => {
  try {
    const value = compileJsonata(expression).evaluate(input as Value, { now: () => 0, random: Math.random });
    // Whoever asked for it writes it down.
    JSON.stringify(value);
    return 'value';
  } catch (error) {
    if (error instanceof BoundReached) return error.bound;
    if (error instanceof JsonataError) return error.code;
    return `host ${error instanceof Error ? String(error.stack) : String(error)}`;
  }
};

const cases = [...plain, ...hostile];
const [first = 0, last = cases.length] = process.argv.slice(2).map(Number);
for (let n = first; n < last; n++) {
  // Told before it is tried, so that it is known which one ended the process.
  process.stdout.write(`${n} `);
  const before = process.cpuUsage();
  const outcome = outcomeOf(cases[n] as Hostile);
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(`${JSON.stringify({ outcome, ms: (user + system) / 1000, heap: process.memoryUsage().rss })}\n`);
}
