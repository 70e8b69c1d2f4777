import { sha256 } from '#engine/expression/hash';

/**
 * 16 random bytes that follow from what they are for: the flow, its step and attempt, and how many were asked for before. A hash, not
 * a generator with state, so that a repeated decision draws the same numbers and no two flows share any. About 20 us; never in the hot path.
 */
export const randomBytes = (seed: string, step: number, attempt: number, draw: number): Uint8Array =>
  sha256(new TextEncoder().encode(`${seed}\n${step}\n${attempt}\n${draw}`)).subarray(0, 16);

/** A number of [0, 1) from the first six bytes. */
export const unitInterval = (bytes: Uint8Array): number => {
  let unit = 0;
  for (let i = 5; i >= 0; i--) unit = (unit + (bytes[i] as number)) / 256;
  return unit;
};
