/**
 * The bounds of one evaluation. An expression comes from a chart's author and its data from anywhere: neither may hold the process. Each step takes
 * one unit of fuel; what makes or walks something takes fuel by its size, so that time and memory are bounded together. What each costs is measured: whatever an expression does, it burns
 * its fuel in no more time than a plain one that counts (`npm run fuzz:jsonata -- --hostile`, which fails where one is slower).
 */
import { BoundReached } from '#engine/jsonata/error';

/** How far an evaluation may go. */
export interface Bounds {
  /** Units of fuel: steps, and one for each so many characters, items or members that are made or walked. */
  readonly fuel: number;
  /** How deep calls may nest, counted in nodes of the expression on the way down. */
  readonly depth: number;
  /** The most characters of one text, or items of one array. */
  readonly size: number;
}

/** Fuel for several evaluations together; each takes from it what it burns. */
export interface Pool {
  left: number;
}

/** The bounds where nothing else is set. */
export const defaultBounds: Bounds = { fuel: 6_000_000, depth: 2_000, size: 4_000_000 };

/** What an evaluation may take: bounds, and fuel that it shares with others. */
export interface Allowance {
  /** The default bounds where absent. */
  readonly bounds?: Bounds | undefined;
  readonly fuel?: Pool | undefined;
}

/**
 * Does the work of one evaluation within its bounds and what its pool has left, and takes from the pool what it burnt. Throws `BoundReached`; a stack that is smaller than the
 * depth that is allowed counts as depth.
 */
export const metered = <T>({ bounds = defaultBounds, fuel: pool }: Allowance, work: (meter: Meter) => T): T => {
  const isFull = pool === undefined || pool.left >= bounds.fuel;
  const meter = new Meter(isFull ? bounds : { ...bounds, fuel: Math.max(0, pool.left) });
  try {
    return work(meter);
  } catch (error) {
    if (error instanceof RangeError) throw new BoundReached('depth', 'the expression nests too deep');
    throw error;
  } finally {
    if (pool !== undefined) pool.left -= meter.bounds.fuel - meter.fuel;
  }
};

/** What is left of the bounds of one evaluation. */
export class Meter {
  /** Taken down by whoever works; below zero the evaluation ends. */
  fuel: number;
  /** Nodes of the expression between here and the outermost one. */
  depth = 0;
  readonly bounds: Bounds;

  constructor(bounds: Bounds = defaultBounds) {
    this.bounds = bounds;
    this.fuel = bounds.fuel;
  }

  /** Takes the fuel of so many steps. Throws `BoundReached`. */
  steps(count: number): void {
    this.fuel -= count;
    if (this.fuel < 0) this.outOfFuel();
  }

  /** Takes the fuel for so many units of work that makes or walks something: each takes as long as three steps. Throws `BoundReached`. */
  burn(units: number): void {
    this.fuel -= 3 * units;
    // Not `< 0`: what is no number must not make the fuel endless.
    if (!(this.fuel >= 0)) this.outOfFuel();
  }

  /** Takes the fuel for a text of `length` characters that is made or walked. Throws `BoundReached`. */
  text(length: number): void {
    if (length > this.bounds.size) this.tooLarge(`a text of ${length} characters`);
    this.burn(1 + (length >> 3));
  }

  /** Takes the fuel for `count` items of an array that is made. Throws `BoundReached`. */
  items(count: number): void {
    if (count > this.bounds.size) this.tooLarge(`an array of ${count} items`);
    // An array that grows is copied now and then, and one that is kept is copied by the collector of garbage.
    this.burn(1 + count + (count >> 1));
  }

  /** Ends the evaluation for want of fuel. */
  outOfFuel(): never {
    throw new BoundReached('fuel', `the expression takes more than ${this.bounds.fuel} steps`);
  }

  /** Ends the evaluation for something too large. */
  tooLarge(what: string): never {
    throw new BoundReached('size', `the expression makes ${what}; at most ${this.bounds.size} are allowed`);
  }

  /** Ends the evaluation for calls that nest too deep. */
  tooDeep(): never {
    throw new BoundReached('depth', `the expression's calls nest deeper than ${this.bounds.depth}`);
  }
}
