import { z } from 'zod';
import type { Json } from '#engine/json';
import { sentenceOf } from '#engine/schema-words';

const MIB = 1024 * 1024;

/** What an operating system takes as an argument: text up to the first NUL, so there must be none. */
const text = z.string().refine((value) => !value.includes('\0'), 'must not contain a NUL character');

/** Charts compute numbers and booleans; commands take text. */
const scalar = z.union([text, z.number(), z.boolean()]).transform(String);

/** The input of an `exec` Task, after Parameters. Nothing is run through a shell: for one, make it the command (`sh`, `-c`, …). */
export const ExecInput = z.strictObject({
  /** The program: a name looked up in PATH, or a path. */
  command: text.min(1),
  args: z.array(scalar).default([]),
  /** Added to the environment; see `environment.ts` for what is in it. */
  env: z.record(text.regex(/^[^=]+$/, 'is no name of a variable'), scalar).default({}),
  /** `true`: the whole environment of the worker; a list: these variables of it too. */
  inheritEnv: z.union([z.boolean(), z.array(text)]).default(false),
  /** The working folder; the worker's own where absent. */
  cwd: text.min(1).optional(),
  /** Text is sent as it is, any other value as JSON text. Where absent, the command's standard input is empty. */
  stdin: z.custom<Json>((value) => value !== undefined).optional(),
  /** Bytes kept of standard output (its beginning) and of standard error (its end), each. */
  maxOutput: z
    .int()
    .min(1)
    .max(64 * MIB)
    .default(256 * 1024),
  /**
   * What the output of the Task is. Absent: `{exitCode, stdout, stderr, truncated}`. `text`: standard output without its last line feed.
   * `lines`: its lines. `json`: the value that it is the text of.
   */
  parse: z.enum(['text', 'lines', 'json']).optional(),
});

/** A checked input. */
export type ExecInput = z.infer<typeof ExecInput>;

/** The checked input, or in words which field is wrong and how. */
export function parseExecInput(
  input: Json,
): { readonly ok: true; readonly value: ExecInput } | { readonly ok: false; readonly why: string } {
  const result = ExecInput.safeParse(input);
  if (result.success) return { ok: true, value: result.data };
  const why = result.error.issues.map((issue) => sentenceOf(issue, input, 'It'));
  return { ok: false, why: `The input of this exec Task is wrong. ${why.join(' ')}` };
}
