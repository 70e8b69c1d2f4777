/** Evaluates the hostile expressions one after another, and prints what came of each as a line of JSON. Started by `run.ts`. */
import type { Scope } from '#engine/expression/expression';
import { compilePathOrIntrinsic } from '#engine/expression/template';
import { BoundReached, JsonataError } from '#engine/jsonata/error';
import { compileJsonata } from '#engine/jsonata/jsonata';
import { libraryFrame } from '#engine/jsonata/library/library';
import { statesFrame } from '#engine/jsonata/library/states-library';
import type { Value } from '#engine/jsonata/values/value';
import { randomBytes, unitInterval } from '#engine/random';
import { StatesError } from '#engine/states-error';
import { epoch } from '#engine/time';
import { corpus } from '#test/fuzz/hostile/corpus';
import { type Hostile, statesFamily } from '#test/fuzz/hostile/family';
import { pathFamilies } from '#test/fuzz/hostile/paths';

/** As a chart's expressions draw random values. */
let draws = 0;

const evaluate = ({ family, expression, input }: Hostile): unknown => {
  if (pathFamilies.has(family)) return compilePathOrIntrinsic(expression).evaluate(input, scope);
  return compileJsonata(expression, family === statesFamily ? statesFrame : libraryFrame).evaluate(input as Value, {
    now: () => 0,
    random: () => unitInterval(scope.random()),
  });
};

const scope: Scope = {
  input: null,
  now: epoch(0),
  vars: {},
  contextPart: () => undefined,
  context: () => ({}),
  random: () => randomBytes('flow', 1, 0, draws++),
};

/** Of a bound that a path or an intrinsic function reached the cause tells, by the words of each bound. */
const boundOf = ({ message }: StatesError): string | undefined => {
  if (/takes more than \d+ steps/.test(message)) return 'fuel';
  if (/makes .*at most \d+ are allowed/.test(message)) return 'size';
  return /nests? (?:too deep|deeper)/.test(message) ? 'depth' : undefined;
};

/** What came of one of them: `value`, the name of the bound, the code or name of an error, or the host's own error. */
const outcomeOf = (hostile: Hostile): string => {
  try {
    const value = evaluate(hostile);
    // Whoever asked for it writes it down. What a path gives are parts of the input, which was text before.
    if (!pathFamilies.has(hostile.family)) JSON.stringify(value);
    return 'value';
  } catch (error) {
    if (error instanceof BoundReached) return error.bound;
    if (error instanceof JsonataError) return error.code;
    if (error instanceof StatesError) return boundOf(error) ?? error.error;
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
