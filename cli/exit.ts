import type { ProblemError } from '#http/contract/problem';

/** What the command's exit code says. Scripts may rely on these numbers; docs/cli.md and `--help` list them. */
export const Exit = {
  /** Done; of a watched run: it succeeded. */
  ok: 0,
  /** The run, or the state that was tested, did not succeed, or the server failed. */
  failed: 1,
  /** The command line, a chart or an input is wrong. Nothing was done. */
  badInput: 2,
  /** No server answers, or it ended before it did. */
  unreachable: 3,
  /** There is no such chart or run. */
  notFound: 4,
  /** It contradicts what is there: a name that is taken, a run that has ended. */
  conflict: 5,
  /** Ctrl-C. A watched run goes on. */
  interrupted: 130,
} as const;

/** The exit codes for `--help`. */
export const EXIT_CODES_HELP = `Exit codes:
  0    done; of a watched run: it succeeded
  1    the run, or the state that was tested, did not succeed, or the server failed
  2    the command line, a chart or an input is wrong; nothing was done
  3    no server answers, or it ended before it answered
  4    there is no such chart or run
  5    it contradicts what is there (a name is taken, the run has ended)
  130  interrupted; a watched run goes on`;

/** One mistake, and the file that it is in where files were named. */
export type Mistake = ProblemError & { readonly file?: string };

/** An error that ends the command with a sentence and an exit code. */
export class CliError extends Error {
  readonly exit: number;
  /** Stable, for programs. */
  readonly code: string;
  readonly errors: readonly Mistake[];

  constructor(exit: number, code: string, message: string, errors: readonly Mistake[] = []) {
    super(message);
    this.name = 'CliError';
    this.exit = exit;
    this.code = code;
    this.errors = errors;
  }
}

/** The command line or what it names is wrong. */
export const badInput = (message: string, errors?: readonly Mistake[]): CliError =>
  new CliError(Exit.badInput, 'BAD_INPUT', message, errors);
