import { CliError, Exit, type Mistake } from '#cli/exit';
import { oneLine } from '#cli/render/style';
import type { Session } from '#cli/session';
import type { ProblemError } from '#http/contract/problem';

/** Says on standard error what went wrong, for people or (`json`) for programs, and returns the exit code. */
export function reportError(error: unknown, json: boolean, { terminal, style }: Session): number {
  const known = asKnown(error);
  if (json) {
    const { code, message, errors } = known;
    terminal.err(JSON.stringify({ error: { code, message, ...(errors.length > 0 ? { errors } : {}) } }));
    return known.exit;
  }
  terminal.err(`${style('red', 'error:')} ${known.message}`);
  for (const line of known.errors.flatMap(mistakeLines)) terminal.err(line);
  // What nobody foresaw needs its stack, and only that.
  if (known.code === 'UNEXPECTED' && error instanceof Error && error.stack) terminal.err(style('dim', error.stack));
  return known.exit;
}

/** A mistake as lines: where, what, what to write instead. */
export function mistakeLines({ file, pointer, parameter, message, suggestion }: Mistake): string[] {
  const place = [file, pointer === '' ? '(the whole document)' : (pointer ?? parameter)].filter(
    (part) => part !== undefined,
  );
  const head = `  ${place.length === 0 ? '' : `${oneLine(place.join(' '))}: `}${oneLine(message)}`;
  return [head, ...(suggestion ? [`      ${oneLine(suggestion)}`] : [])];
}

/** Launchers throw errors with `kind` and `code` whose class the command line may not import. */
function asKnown(error: unknown): CliError {
  if (error instanceof CliError) return error;
  const { kind, code, fields } = (error ?? {}) as {
    kind?: unknown;
    code?: unknown;
    fields?: { errors?: readonly ProblemError[] };
  };
  if (error instanceof Error && typeof kind === 'string' && typeof code === 'string') {
    return new CliError(kind === 'rejected' ? Exit.badInput : Exit.failed, code, error.message, fields?.errors);
  }
  const message = error instanceof Error ? error.message : String(error);
  return new CliError(Exit.failed, 'UNEXPECTED', message);
}
