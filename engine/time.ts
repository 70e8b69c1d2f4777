declare const epochMs: unique symbol;

/** Milliseconds since 1970-01-01T00:00:00Z by a wall clock. Only the engine's caller makes one; never compare it with a time of day. */
export type EpochMs = number & { readonly [epochMs]: true };

/** Brands a number of milliseconds since the epoch. */
export const epoch = (ms: number): EpochMs => ms as EpochMs;
