import type { Json } from '#engine/json';
import { type FlowbeatError, rejected } from '#ports/errors';

/** The largest input of a run, as JSON. */
export const MAX_INPUT_BYTES = 10 * 1024 * 1024;

/** The refusal of an input of `size` bytes. */
export function inputTooLarge(size: number): FlowbeatError {
  const limit = `${MAX_INPUT_BYTES / 1024 / 1024} MB`;
  const what = `The input has ${size} bytes of JSON; at most ${limit} are taken. Put large data where the handlers can read it and send its address.`;
  return rejected('INPUT_TOO_LARGE', what, { size, limit: MAX_INPUT_BYTES });
}

/** Bytes of UTF-8; counted only where the characters alone do not decide. */
export function jsonBytes(value: Json): number {
  const text = JSON.stringify(value);
  return text.length * 3 <= MAX_INPUT_BYTES || text.length > MAX_INPUT_BYTES
    ? text.length
    : new TextEncoder().encode(text).length;
}
