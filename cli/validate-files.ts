import { readFileSync } from 'node:fs';
import { type Checked, checkChart, nameFromFile, type Profile } from '#cli/chart-validator';
import { badInput, CliError, Exit } from '#cli/exit';
import type { Style } from '#cli/render/style';
import { mistakeLines } from '#cli/report-error';

/** A file that was checked. */
export interface CheckedFile extends Checked {
  readonly file: string;
}

/** Files that were checked, all of them, whatever is wrong with the first. */
export class CheckedFiles {
  readonly files: readonly CheckedFile[];

  constructor(files: readonly CheckedFile[]) {
    this.files = files;
  }

  /** Whether there is no mistake in any. */
  get ok(): boolean {
    return this.files.every(({ errors }) => errors.length === 0);
  }

  /** The chart's name in the file's envelope, or else the file's own name. */
  nameOf(file: string): string {
    return this.files.find((one) => one.file === file)?.name ?? nameFromFile(file);
  }

  /** Every mistake, file by file, for people. */
  lines(style: Style): string[] {
    return this.files.flatMap(({ file, name, errors }) =>
      errors.length === 0
        ? [`${style('green', 'valid')}  ${file}${name === undefined ? '' : style('dim', `  ${name}`)}`]
        : [`${style('red', 'wrong')}  ${file}  ${counted(errors.length)}`, ...errors.flatMap(mistakeLines)],
    );
  }

  /** Throws where there is a mistake; `consequence` says what was not done. */
  refuse(consequence: string): void {
    if (this.ok) return;
    const errors = this.files.flatMap(({ file, errors }) =>
      errors.map((error) => (this.files.length === 1 ? error : { ...error, message: `${file}: ${error.message}` })),
    );
    throw new CliError(
      Exit.badInput,
      'CHART_INVALID',
      `${counted(errors.length)} in ${this.files.filter((one) => one.errors.length > 0).length} of ${this.files.length} files. ${consequence}`,
      errors,
    );
  }
}

/** Reads and checks chart files; one that cannot be read is an error of the command line. */
export async function checkFiles(files: readonly string[], profile: Profile): Promise<CheckedFiles> {
  const checked: CheckedFile[] = [];
  for (const file of files) checked.push({ file, ...(await checkChart(textOf(file), nameFromFile(file), profile)) });
  return new CheckedFiles(checked);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw badInput(`There is no file ${file}.`);
    throw badInput(`The file ${file} cannot be read (${code}).`);
  }
}

const counted = (count: number): string => `${count} ${count === 1 ? 'mistake' : 'mistakes'}`;
