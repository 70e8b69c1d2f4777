import { epoch } from '#engine/time';
import type { Clock } from '#ports/clock';
import { UnknownOutcome } from '#ports/errors';
import type { World } from '#test/sim/world';
import { EPOCH } from '#test/sim/world';
import type { Random } from '#test/support/random';

/** How often each fault was made: a zero at the end means that the simulator proves less than it says. */
export type Count = Record<string, number>;

/** How likely each fault is, for one call. */
export interface Faults {
  readonly crashAfterWrite: number;
  readonly freeze: number;
  readonly requestLost: number;
  readonly answerLost: number;
  /** The caller gives up waiting; the write is applied some time afterwards. */
  readonly lateWrite: number;
  /** Calls that take long; absent: as many as the process's own draw says. */
  readonly slow?: number;
  /** A crash right after a commit that lets a flow go, and how long that may take: what should follow it is left to others. */
  readonly crashAfterLettingGo?: number;
  readonly lettingGoMs?: number;
  /** How long a judgement (a lease is condemned, a flow is parked) may take. */
  readonly judgementMs?: number;
  /** How long the put of a child may take. */
  readonly puttingMs?: number;
  /** The longest freeze. */
  readonly longestFreezeMs?: number;
}

export const NO_FAULTS: Faults = { crashAfterWrite: 0, freeze: 0, requestLost: 0, answerLost: 0, lateWrite: 0 };

/** What is particular to a call. */
export interface CallRisks {
  /** It may take so much longer. */
  readonly slowMs?: number;
  /** How likely its process crashes right after it was applied, where that is more than for others. */
  readonly fatal?: number;
}

/**
 * A process of the simulated cluster: its calls take time, can fail with their outcome unknown, and it can crash or freeze at any of them. Dead, it never
 * hears of an answer again; frozen, it hears of it when it thaws.
 */
export class SimProcess {
  readonly name: string;
  readonly #world: World;
  readonly #count: Count;
  /** How many of its calls are slow, unless its faults say otherwise. */
  readonly #slow: number;
  /** What its delays and faults are drawn from. */
  readonly random: Random;
  faults: Faults;
  dead = false;
  /** Virtual time until which nothing of it moves. */
  frozenUntil = 0;
  /** What its wall clock is off by; jumps. */
  skewMs: number;
  onCrash: (() => void) | undefined;

  constructor(world: World, name: string, faults: Faults, count: Count, skewMs: number, random: Random) {
    this.#world = world;
    this.name = name;
    this.faults = faults;
    this.#count = count;
    this.skewMs = skewMs;
    this.random = random;
    this.#slow = random.pick([0.01, 0.02, 0.15]);
  }

  readonly clock: Clock = {
    now: () => epoch(EPOCH + this.#world.now + this.skewMs),
    elapsed: () => this.#world.now,
    after: (ms, then) => {
      let cancelled = false;
      this.#world.at(this.#world.now + ms, () => this.#whenAwake(() => cancelled || then()));
      return {
        cancel() {
          cancelled = true;
        },
      };
    },
  };

  crash(): void {
    if (this.dead) return;
    this.dead = true;
    this.onCrash?.();
  }

  freeze(ms: number): void {
    this.frozenUntil = Math.max(this.frozenUntil, this.#world.now + ms);
  }

  /** Resolves when the process can run: never, where it is dead. */
  awake(): Promise<void> {
    return new Promise((resolve) => this.#whenAwake(resolve));
  }

  /** Runs `then` when the process can run: at once, when it thaws, or never. */
  #whenAwake(then: () => void): void {
    if (this.dead) return;
    if (this.#world.now >= this.frozenUntil) then();
    else this.#world.at(this.frozenUntil, () => this.#whenAwake(then));
  }

  /** A call to the store or the queue: `apply` happens at the server, atomically, some time from now. */
  call<T>(isWrite: boolean, apply: () => T | Promise<T>, { slowMs = 0, fatal = 0 }: CallRisks = {}): Promise<T> {
    const { random } = this;
    return new Promise((resolve, reject) => {
      if (this.dead) return;
      const extra = slowMs > 0 && random.chance(0.3) ? random.between(0, slowMs) : 0;
      const slow = random.chance(this.faults.slow ?? this.#slow);
      const there = extra + (slow ? random.between(20, random.chance(0.3) ? 1_500 : 400) : random.between(1, 4));
      const lost = random.chance(this.faults.requestLost);
      if (isWrite && !lost && random.chance(this.faults.lateWrite)) {
        this.#tally('lateWrite');
        this.#world.at(this.#world.now + there + random.between(1, 4_000), () => void arrive(apply));
        this.#world.at(this.#world.now + there, () => this.#whenAwake(() => reject(new UnknownOutcome())));
        return;
      }
      this.#world.at(this.#world.now + there, async () => {
        let answer: () => void;
        if (lost) {
          this.#tally('requestLost');
          answer = () => reject(new UnknownOutcome());
        } else {
          try {
            const value = await apply();
            answer = () => resolve(value);
          } catch (error) {
            answer = () => reject(error as Error);
          }
          if (isWrite && random.chance(Math.max(fatal, this.faults.crashAfterWrite)) && !this.dead) {
            this.#tally('crashAfterWrite');
            this.crash();
          } else if (isWrite && random.chance(this.faults.answerLost)) {
            this.#tally('answerLost');
            answer = () => reject(new UnknownOutcome());
          }
          if (random.chance(this.faults.freeze) && !this.dead) {
            this.#tally('freeze');
            // Half of them about a window long: the worker comes back just as others give it up.
            const longest = this.faults.longestFreezeMs ?? 9_000;
            this.freeze(random.chance(0.5) ? random.between(2_000, longest / 2) : random.between(500, longest));
          }
        }
        this.#world.at(this.#world.now + random.between(1, 3), () => this.#whenAwake(answer));
      });
    });
  }

  #tally(fault: string): void {
    this.#count[fault] = (this.#count[fault] ?? 0) + 1;
  }
}

/** A request whose caller has given up: it may find nobody there. */
async function arrive(apply: () => unknown): Promise<void> {
  try {
    await apply();
  } catch (error) {
    if (!(error instanceof UnknownOutcome)) throw error;
  }
}
