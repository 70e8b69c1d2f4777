/** Runs the hostile expressions in a process with a small heap. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { corpus } from '#test/fuzz/hostile/corpus';
import type { Hostile } from '#test/fuzz/hostile/family';

/** What came of one. */
export interface Survived extends Hostile {
  /** `value`, the name of a bound, an error's code; `host …` for an error of the host, `crash …` where it took the process with it. */
  readonly outcome: string;
  /** Time of the processor, in milliseconds. */
  readonly ms: number;
}

/** Of the process, in megabytes. */
const heap = 64;

/** How long one may take before its process is ended, in milliseconds: a hundred times what it should. */
const longest = 8_000;

/** Evaluates those from `first` on and before `last` in one process, until one of them takes it along: that is the last one told of. */
const inOneProcess = async (first: number, last: number): Promise<readonly Survived[]> => {
  const survived: Survived[] = [];
  const child = spawn(
    process.execPath,
    [
      `--max-old-space-size=${heap}`,
      '--disable-warning=ExperimentalWarning',
      fileURLToPath(import.meta.resolve('#test/fuzz/hostile/corpus-process')),
      String(first),
      String(last),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  let errors = '';
  const quiet = setTimeout(() => child.kill('SIGKILL'), longest);
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
    quiet.refresh();
  });
  child.stderr.on('data', (chunk) => {
    errors += String(chunk);
  });
  const [code, signal] = await once(child, 'close');
  clearTimeout(quiet);
  const next = (): Hostile => corpus[first + survived.length] as Hostile;
  for (const line of output.split('\n').slice(0, -1)) {
    const { outcome, ms } = JSON.parse(line.slice(line.indexOf(' '))) as Pick<Survived, 'outcome' | 'ms'>;
    survived.push({ ...next(), outcome, ms });
  }
  if (first + survived.length < last)
    survived.push({ ...next(), outcome: `crash ${signal ?? code} ${errors}`, ms: Number.POSITIVE_INFINITY });
  return survived;
};

/** Evaluates all of them, one after another in as few processes as survive it. */
export const runHostile = async (): Promise<readonly Survived[]> => {
  const survived: Survived[] = [];
  while (survived.length < corpus.length) survived.push(...(await inOneProcess(survived.length, corpus.length)));
  return survived;
};

/** Evaluates one of them, by its number, in a process of its own. */
export const runAlone = async (number: number): Promise<Survived> => {
  const [one] = await inOneProcess(number, number + 1);
  if (one === undefined) throw new RangeError(`There is no hostile expression ${number}.`);
  return one;
};
