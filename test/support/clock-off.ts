/**
 * Loaded before a program (`node --import`): in each of its threads the wall clock is off by CLOCK_OFF_MS. Time that passes is as it is: no machine's
 * clock is so wrong that a second is none.
 */
const offMs = Number(process.env.CLOCK_OFF_MS);
const Machine = Date;

globalThis.Date = class extends Machine {
  constructor(...parts: [] | ConstructorParameters<DateConstructor>) {
    if (parts.length === 0) super(Machine.now() + offMs);
    else super(...parts);
  }

  static override now(): number {
    return Machine.now() + offMs;
  }
} as DateConstructor;
