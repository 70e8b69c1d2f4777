import { type Received, SWEEP_QUEUE } from '#ports/message';
import { sweepEvery } from '#scheduler/sweeper/chain';
import { Sweeper } from '#scheduler/sweeper/sweep';
import { every } from '#test/sim/controllers';
import type { Feature } from '#test/sim/features/feature';
import type { SimProcess } from '#test/sim/sim-process';
import type { Stage } from '#test/sim/stage';
import type { Random } from '#test/support/random';

/** How far wall clocks of instances are off, ten minutes each way. */
const SKEW_MS = 600_000;
/** The rule's interval, short as the window is. */
const RULE_MS = 6_000;

/**
 * Failover by functions alone: no worker looks at another. Each sweep is a call to an instance that may be new, may have died, and whose clock may be minutes off;
 * often two at once.
 */
export const sweepers: Feature = {
  odds: 0.2,
  setUp: (stage) => {
    stage.lookEveryMs = Number.MAX_SAFE_INTEGER / 4;
  },
  act: (stage, random) => {
    const platform = new Instances(stage, random);
    const rule = stage.process('rule', random);
    // The rule and the queue's poller are AWS's: they do not die.
    rule.faults = { ...rule.faults, crashAfterWrite: 0, freeze: 0 };
    every(rule, RULE_MS, async () => {
      const calls = random.chance(0.2) ? 2 : 1;
      for (let i = 0; i < calls; i++) void platform.call(undefined);
    });
    every(rule, sweepEvery(stage.windowMs) / 2, async () => {
      const received = await stage.queue.receive({ queues: [SWEEP_QUEUE], max: 10, waitMs: 0, visibilityMs: 30_000 });
      for (const it of received) void platform.deliver(it);
    });
    return { busy: () => false, wrong: () => platform.wrong() };
  },
};

interface Instance {
  readonly process: SimProcess;
  readonly sweeper: Sweeper;
  busy: boolean;
}

class Instances {
  readonly #stage: Stage;
  readonly #random: Random;
  readonly #warm: Instance[] = [];
  /** Of seeds where each call is to a new instance, and those where they stay warm. */
  readonly #cold: boolean;
  #mostWakes = 0;

  constructor(stage: Stage, random: Random) {
    this.#stage = stage;
    this.#random = random;
    this.#cold = random.chance(0.4);
  }

  async deliver(received: Received): Promise<void> {
    const { message } = received;
    if (message.kind === 'sweep') await this.call(message.wake);
    await this.#stage.queue.done(received);
  }

  /** One call, to an instance that has no other. */
  async call(wake: number | undefined): Promise<void> {
    const instance = this.#free();
    instance.busy = true;
    this.#mostWakes = Math.max(this.#mostWakes, this.#wakesToCome());
    await instance.sweeper.sweep(wake, () => true).catch(() => {});
    instance.busy = false;
  }

  /** Those that are past, lost on their way a while ago, go on with no chain. */
  #wakesToCome(): number {
    const { queue, store } = this.#stage;
    const last = Number(store.settings.get('sweeper.chain') ?? 0);
    return [...queue.entries.values()].filter(({ message }) => message.kind === 'sweep' && (message.wake ?? 0) > last)
      .length;
  }

  #free(): Instance {
    const at = this.#cold ? -1 : this.#warm.findIndex(({ busy, process }) => !busy && !process.dead);
    const warm = this.#warm[at];
    if (warm && !this.#random.chance(0.1)) return warm;
    const stage = this.#stage;
    const process = stage.process('sweeper', this.#random);
    if (this.#random.chance(0.5)) process.skewMs = this.#random.between(-SKEW_MS, SKEW_MS);
    process.onCrash = () => stage.gone(process);
    const options = { windowMs: stage.windowMs, perMinute: this.#random.pick([60, 6_000]) };
    const made = { process, sweeper: new Sweeper(stage.schedulerOf(process), options), busy: false };
    this.#warm.push(made);
    return made;
  }

  /** Chains that double, double again: links that were lost or doubled by the queue are few. */
  wrong(): string | undefined {
    return this.#mostWakes > MOST_WAKES ? `the chain of wakes grew to ${this.#mostWakes}` : undefined;
  }
}

const MOST_WAKES = 12;
