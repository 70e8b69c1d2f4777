import { existsSync } from 'node:fs';
import { badInput } from '#cli/exit';
import { readTextFile } from '#cli/options/text-file';
import type { Terminal } from '#cli/terminal';
import type { Json } from '#engine/json';

/** The input of a run: `-` is standard input, the name of a file that is there its content, all else JSON itself. */
export async function readInput(argument: string | undefined, terminal: Terminal): Promise<Json | undefined> {
  if (argument === undefined) return undefined;
  if (argument === '-') return parse(await terminal.readStdin(), 'standard input');
  if (existsSync(argument)) return parse(readTextFile(argument), argument);
  if (/^\s*[[{"]|^\s*(-?\d|true|false|null)/.test(argument)) return parse(argument, '--input');
  throw badInput(
    `There is no file ${argument}, and it is no JSON either. Give --input a file, "-" for standard input, or JSON.`,
  );
}

function parse(text: string, where: string): Json {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badInput(`The input from ${where} is not JSON: ${(error as Error).message}. The run was not started.`);
  }
}
