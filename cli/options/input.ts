import { existsSync } from 'node:fs';
import { badInput } from '#cli/exit';
import { readTextFile } from '#cli/options/text-file';
import type { Terminal } from '#cli/terminal';
import type { Json } from '#engine/json';

/** The input of a run: `-` is standard input, `@` and a name, or the name of a file that is there, its content, all else JSON itself. */
export const readInput = (argument: string | undefined, terminal: Terminal): Promise<Json | undefined> =>
  readJson(argument, { option: '--input', what: 'input', consequence: 'The run was not started.' }, terminal);

/** What a JSON value of the command line is, for its errors. */
export interface JsonOption {
  readonly option: string;
  readonly what: string;
  readonly consequence: string;
}

/** A value as `readInput` reads it, of any option. */
export async function readJson(
  argument: string | undefined,
  option: JsonOption,
  terminal: Terminal,
): Promise<Json | undefined> {
  if (argument === undefined) return undefined;
  if (argument === '-') return parse(await terminal.readStdin(), 'standard input', option);
  if (argument.startsWith('@')) return parse(readTextFile(argument.slice(1)), argument.slice(1), option);
  if (existsSync(argument)) return parse(readTextFile(argument), argument, option);
  if (/^\s*[[{"]|^\s*(-?\d|true|false|null)/.test(argument)) return parse(argument, option.option, option);
  throw badInput(
    `There is no file ${argument}, and it is no JSON either. Give ${option.option} a file, "-" for standard input, or JSON.`,
  );
}

function parse(text: string, where: string, { what, consequence }: JsonOption): Json {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badInput(`The ${what} from ${where} is not JSON: ${(error as Error).message}. ${consequence}`);
  }
}
