import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { Clock } from '#ports/clock';
import type { Lease } from '#ports/lease';
import type { Telemetry } from '#ports/telemetry';
import {
  type BeatThreadData,
  type FromBeatThread,
  type LeaseOpener,
  machineMs,
  type ToBeatThread,
} from '#workers/beat-messages';
import type { BeatSource, Beats, RunningBeats } from '#workers/beats';

/** A beat needs a connection and a few rows; with these limits the thread takes some 10 MB. */
const LIMITS = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 } as const;
const RESTART_MS = 500;
/** More beats than one thread makes in its life. */
const RESTART_BEATS = 2 ** 40;

/** Beats from a thread of their own (DESIGN.md §4, Failover). */
export class ThreadBeats implements Beats {
  readonly #opener: LeaseOpener;
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;

  constructor(opener: LeaseOpener, clock: Clock, telemetry: Telemetry) {
    this.#opener = opener;
    this.#clock = clock;
    this.#telemetry = telemetry;
  }

  start(lease: Lease, source: BeatSource): RunningBeats {
    return new BeatThread(lease, source, this.#opener, this.#clock, this.#telemetry);
  }
}

/** The thread of one incarnation, from the worker's side. */
class BeatThread implements RunningBeats {
  readonly #lease: Lease;
  readonly #source: BeatSource;
  readonly #opener: LeaseOpener;
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  #port: MessagePort | undefined;
  #stopped = false;
  #restarts = 0;

  constructor(lease: Lease, source: BeatSource, opener: LeaseOpener, clock: Clock, telemetry: Telemetry) {
    this.#lease = lease;
    this.#source = source;
    this.#opener = opener;
    this.#clock = clock;
    this.#telemetry = telemetry;
    this.#spawn();
  }

  /** Hears what the thread has said while this one was busy: asked before a lease is taken for unproven. */
  catchUp(): void {
    for (;;) {
      const received = this.#port && receiveMessageOnPort(this.#port);
      if (!received) return;
      this.#hear(received.message as FromBeatThread);
    }
  }

  now(): void {
    this.#tell({ type: 'now' });
  }

  stop(): void {
    this.#stopped = true;
    this.#tell({ type: 'stop' });
    this.#port?.close();
    this.#port = undefined;
  }

  #spawn(): void {
    const { incarnation, windowMs, status } = this.#lease;
    const { port1, port2 } = new MessageChannel();
    const data: BeatThreadData = {
      // A thread that takes the place of another one must not repeat its numbers.
      lease: { incarnation, windowMs, status, beat: this.#lease.beat + this.#restarts * RESTART_BEATS },
      opener: this.#opener,
      port: port2,
    };
    // By its name, because the file has another extension in the package.
    const program = new URL(import.meta.resolve('#workers/beat-thread'));
    const thread = new Worker(program, {
      name: 'flowbeat beats',
      workerData: data,
      transferList: [port2],
      resourceLimits: LIMITS,
    });
    this.#port = port1;
    port1.on('message', (message: FromBeatThread) => this.#hear(message));
    port1.unref();
    thread.unref();
    thread.on('error', (error) => this.#died(error));
  }

  /** Without its thread the lease would run out: another one goes on. */
  #died(error: unknown): void {
    this.#telemetry.event('beatThreadDied', { incarnation: this.#lease.incarnation, message: String(error) });
    if (this.#stopped) return;
    this.#port?.close();
    this.#port = undefined;
    this.#restarts++;
    this.#clock.after(RESTART_MS, () => {
      if (!this.#stopped) this.#spawn();
    });
  }

  #hear(message: FromBeatThread): void {
    if (this.#stopped) return;
    switch (message.type) {
      case 'compose': {
        const said = this.#source.compose();
        // An incarnation that is over never beats again.
        if (said) this.#tell({ type: 'composed', said });
        else this.stop();
        return;
      }
      case 'beaten': {
        const ago = Math.max(0, machineMs() - message.sentAt);
        this.#source.beaten(message.flows, message.commands, this.#clock.elapsed() - ago);
        return;
      }
      case 'lost':
        this.#source.lost();
    }
  }

  #tell(message: ToBeatThread): void {
    this.#port?.postMessage(message);
  }
}
