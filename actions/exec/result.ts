import type { ExecInput } from '#actions/exec/input';
import { failure } from '#actions/outcome';
import type { ActionOutcome } from '#ports/action';

/**
 * Names of the errors of `exec`, beside States.Timeout and States.HeartbeatTimeout (a command that writes shows that it lives):
 * `ExitCode.<n>` where the command exits with another code than 0, `Signal.<name>` where a signal ended it. The cause of both is the
 * end of what it wrote to standard error or, if that is nothing, to standard output.
 */
export const EXEC_ERRORS = {
  /** The input has a wrong field; the cause names it. */
  invalidInput: 'Exec.InvalidInput',
  /** There is no such program. */
  notFound: 'Exec.NotFound',
  /** The program could not be started: it is not executable, or the machine refused. */
  notStarted: 'Exec.NotStarted',
  /** `parse` is set and there was more output than `maxOutput`. */
  outputTooLarge: 'Exec.OutputTooLarge',
  /** `parse: json`, and the output is not JSON. */
  outputNotJson: 'Exec.OutputNotJson',
} as const;

/** Characters of output in a cause. */
const CAUSE_TAIL = 4 * 1024;

/** How a command ended. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly stdoutTruncated: boolean;
  readonly stderrTruncated: boolean;
}

/** The outcome of a command that ended by itself. */
export function outcomeOf(input: ExecInput, ended: Ended): ActionOutcome {
  const { exitCode, signal, stdout, stderr } = ended;
  if (exitCode !== 0) {
    const how = signal === null ? `exited with code ${exitCode}` : `was ended by ${signal}`;
    const said = (stderr.trim() || stdout.trim()).slice(-CAUSE_TAIL);
    return failure(signal === null ? `ExitCode.${exitCode}` : `Signal.${signal}`, said || `${input.command} ${how}.`);
  }
  if (input.parse === undefined) {
    const truncated = ended.stdoutTruncated || ended.stderrTruncated;
    return { ok: true, output: { exitCode, stdout, stderr, truncated } };
  }
  if (ended.stdoutTruncated) {
    const why = `${input.command} wrote more than maxOutput, ${input.maxOutput} bytes.`;
    return failure(EXEC_ERRORS.outputTooLarge, why);
  }
  const text = stdout.replace(/\r?\n$/, '');
  if (input.parse === 'text') return { ok: true, output: text };
  if (input.parse === 'lines') return { ok: true, output: text === '' ? [] : text.split(/\r?\n/) };
  try {
    return { ok: true, output: JSON.parse(stdout) };
  } catch (error) {
    const why = `The output of ${input.command} is no JSON: ${(error as Error).message}`;
    return failure(EXEC_ERRORS.outputNotJson, why);
  }
}

/** The outcome of a command that could not be started. */
export function notStarted(input: ExecInput, error: NodeJS.ErrnoException): ActionOutcome {
  if (error.code === 'ENOENT') return failure(EXEC_ERRORS.notFound, `There is no program ${input.command}.`);
  if (error.code === 'E2BIG')
    return failure(EXEC_ERRORS.invalidInput, 'input.args: more than the system takes; use stdin.');
  return failure(EXEC_ERRORS.notStarted, `${input.command} could not be started: ${error.message}`);
}
