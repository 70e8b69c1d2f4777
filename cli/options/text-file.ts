import { readFileSync } from 'node:fs';
import { badInput } from '#cli/exit';

/** The text of a file that the command line names. One that cannot be read is an error of the command line. */
export function readTextFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw badInput(REASONS[code ?? '']?.(file) ?? `The file ${file} cannot be read (${code}).`);
  }
}

const REASONS: Readonly<Record<string, (file: string) => string>> = {
  ENOENT: (file) => `There is no file ${file}.`,
  EISDIR: (file) => `${file} is a directory: name a file in it.`,
  EACCES: (file) => `The file ${file} cannot be read: this user may not.`,
};
