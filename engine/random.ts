import { sha256 } from '#engine/expression/hash';

/**
 * 16 random bytes that follow from what they are for: the flow, its step and attempt, and how many were asked for before. A hash, not
 * a generator with state, so that a repeated decision draws the same numbers and no two flows share any. About 20 us; never in the hot path.
 */
export const randomBytes = (seed: string, step: number, attempt: number, draw: number): Uint8Array =>
  sha256(new TextEncoder().encode(`${seed}\n${step}\n${attempt}\n${draw}`)).subarray(0, 16);

const [multiplier, increment, bits] = [0x5deece66dn, 0xbn, 48];

/** Numbers that follow from a seed as those of `java.util.Random` do (its specification gives the generator), which Step Functions uses. */
export class SeededRandom {
  #state: bigint;

  /** The seed is cut towards zero, and to 64 bits; NaN counts as 0. */
  constructor(seed: number) {
    const most = 2 ** 63;
    const whole = BigInt(Math.trunc(Math.max(-most, Math.min(most, seed))) || 0);
    this.#state = BigInt.asUintN(bits, (whole === BigInt(most) ? whole - 1n : whole) ^ multiplier);
  }

  /** A number of [0, 1). */
  unit(): number {
    const [high, low] = [this.#next(26), this.#next(27)];
    return (high * 2 ** 27 + low) / 2 ** 53;
  }

  /** A whole number of [0, bound); `bound`: at most 2^31. */
  below(bound: number): number {
    for (;;) {
      const drawn = this.#next(31);
      // A power of two takes the high bits; of the others the last part that is not whole is drawn again, so that none is likelier.
      if ((bound & -bound) === bound) return Number((BigInt(bound) * BigInt(drawn)) >> 31n);
      if (drawn - (drawn % bound) + bound - 1 < 2 ** 31) return drawn % bound;
    }
  }

  #next(count: number): number {
    this.#state = BigInt.asUintN(bits, this.#state * multiplier + increment);
    return Number(this.#state >> BigInt(bits - count));
  }
}

/** A number of [0, 1) from the first six bytes. */
export const unitInterval = (bytes: Uint8Array): number => {
  let unit = 0;
  for (let i = 5; i >= 0; i--) unit = (unit + (bytes[i] as number)) / 256;
  return unit;
};
