import { execFile } from 'node:child_process';

/** How Node shows a place: the file with its line, the source up to that line, and a caret below it. */
const PLACE = /^(\S.*:\d+)\n(?:.*\n)*?(.*)\n\s*\^+\s*$/m;

/**
 * Where the syntax error of a module is, as ` (at file:line: source)`; empty where that cannot be told. Of TypeScript it stands in the
 * error's stack. Of JavaScript Node tells it to nobody but the terminal, so `node --check` reads the file again.
 */
export async function syntaxPlace(file: string, error: unknown): Promise<string> {
  if (!(error instanceof SyntaxError)) return '';
  const text = PLACE.test(error.stack ?? '') ? (error.stack ?? '') : await check(file);
  const [, place, line = ''] = PLACE.exec(text) ?? [];
  return place === undefined ? '' : ` (at ${place}: ${line.trim()})`;
}

function check(file: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--check', file], { timeout: 5_000 }, (_error, _stdout, stderr) => resolve(stderr));
  });
}
