import { type Asked, type ChartMistake, type Checked, checkChart, type Profile } from '#cli/chart-validator';
import { CliError, Exit } from '#cli/exit';
import { readTextFile } from '#cli/options/text-file';
import type { Style } from '#cli/render/style';
import { mistakeLines } from '#cli/report-error';
import { nameFromFile } from '#engine/chart/file-name';

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

  /** Every mistake and warning, file by file, for people; in AWS's words with its codes and places. */
  lines(style: Style, profile: Profile): string[] {
    return this.files.flatMap(({ file, name, errors, warnings }) => [
      errors.length === 0
        ? `${style('green', 'valid')}  ${file}${name === undefined ? '' : style('dim', `  ${name}`)}`
        : `${style('red', 'wrong')}  ${file}  ${counted(errors.length)}`,
      ...errors.flatMap((error) => mistakeLines(profile === 'aws' ? told(error) : error)),
      ...warnings.flatMap((warning) => mistakeLines(told(warning)).map((line) => style('yellow', line))),
    ]);
  }

  #wrong(): string {
    const [first, ...others] = this.files.filter(({ errors }) => errors.length > 0);
    return first && others.length === 0 ? first.file : `${others.length + 1} of ${this.files.length} files`;
  }

  /** Throws where there is a mistake; `consequence` says what was not done. */
  refuse(consequence: string): void {
    if (this.ok) return;
    const errors = this.files.flatMap(({ file, errors }) => errors.map((error) => ({ file, ...error })));
    throw new CliError(
      Exit.badInput,
      'CHART_INVALID',
      `${counted(errors.length)} in ${this.#wrong()}. ${consequence}`,
      errors,
    );
  }
}

/** Reads and checks chart files. One that cannot be read is told among the mistakes, and the others are checked. */
export async function checkFiles(files: readonly string[], asked: Asked = {}): Promise<CheckedFiles> {
  const checked: CheckedFile[] = [];
  for (const file of files) checked.push({ file, ...(await checkFile(file, asked)) });
  return new CheckedFiles(checked);
}

async function checkFile(file: string, asked: Asked): Promise<Checked> {
  let text: string;
  try {
    text = readTextFile(file);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return { errors: [{ code: 'FILE_UNREADABLE', message: error.message }], warnings: [] };
  }
  return checkChart(text, nameFromFile(file), asked);
}

/** A mistake that is told with its code, where AWS says that it is. */
const told = ({ severity, code, pointer, location, message, suggestion }: ChartMistake): ChartMistake => {
  const place = location ?? pointer;
  return {
    message: `${severity === undefined ? '' : `${severity} `}${code}: ${message}`,
    ...(place === undefined ? null : { pointer: place }),
    ...(suggestion === undefined ? null : { suggestion }),
  };
};

const counted = (count: number): string => `${count} ${count === 1 ? 'mistake' : 'mistakes'}`;
