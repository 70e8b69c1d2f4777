/**
 * Real worker processes over one state file, killed by SIGKILL at random moments while runs of several shapes are started all the time; a killed one is
 * started again. At the end every run must have succeeded with the right output, and no commit may have been accepted twice.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { type Embedded, startEmbedded } from '#embedded/start-embedded';
import type { RunId } from '#ports/ids';
import { type Audit, audit } from '#test/kill/audit';
import { inputOf, type Shape, shapes } from '#test/kill/shapes';
import { Random } from '#test/support/random';
import { WorkerChild } from '#workers/worker-child';

/** How a storm goes. */
export interface StormOptions {
  readonly kills: number;
  readonly seed: number;
  readonly workers?: number;
  /** Told of each kill. */
  readonly onKill?: ((kills: number) => void) | undefined;
}

/** What a storm has left. */
export interface StormResult extends Audit {
  readonly kills: number;
  readonly runs: number;
  /** Runs that did not succeed with the right output and a whole history. */
  readonly lost: number;
  /** What is wrong with each of the first lost runs. */
  readonly losses: readonly string[];
  /** Runs with a flow that was parked and woken again: claimed too often without a commit, as a row of kills can bring about. */
  readonly unparked: number;
}

const WINDOW_MS = 1_500;
const PLACES = 8;
/** Runs under way at a time. */
const UNDER_WAY = 24;
const LOOK_MS = 50;
/** Once nobody is killed any more, no run may take so long without a change of any run. */
const PATIENCE_MS = 60_000;

const handlers = fileURLToPath(new URL('handlers.ts', import.meta.url));

/** Lets a storm pass. */
export async function storm({ kills, seed, workers = 3, onKill }: StormOptions): Promise<StormResult> {
  const folder = mkdtempSync(join(tmpdir(), 'flowbeat-kill-'));
  const file = join(folder, 'state.db');
  const server = await startEmbedded({ file, api: false });
  const children: WorkerChild[] = [];
  try {
    for (const { chart } of shapes) await server.operations.putChart(chart);
    const spawn = (index: number) =>
      new WorkerChild({
        store: { kind: 'sqlite', file },
        name: `w${index}`,
        handlers: [handlers],
        queues: [],
        places: PLACES,
        windowMs: WINDOW_MS,
        drainMs: 10_000,
        proof: true,
      });
    for (let index = 0; index < workers; index++) children.push(spawn(index));
    await Promise.all(children.map(({ ready }) => ready));
    const runs = new Runs(server, seed);
    await Promise.all([runs.keepGoing(), kill(children, spawn, { kills, seed, onKill }).finally(() => runs.enough())]);
    // One that was started again last may not listen for signals yet; the others did its work.
    await Promise.all(children.map(({ ready }) => ready));
    const exits = await Promise.all(children.map((child) => child.kill('SIGTERM')));
    const drained = exits.filter((exit) => exit !== 0).map((exit) => `a worker did not drain: ${exit}`);
    await server.stop(1_000);
    const { lost } = runs;
    return {
      kills,
      runs: runs.started,
      lost: lost.length + drained.length,
      losses: [...drained, ...lost].slice(0, 10),
      unparked: runs.unparked,
      ...audit(file),
    };
  } finally {
    for (const child of children) child.process.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

async function kill(
  children: WorkerChild[],
  spawn: (index: number) => WorkerChild,
  { kills, seed, onKill }: Pick<StormOptions, 'kills' | 'seed' | 'onKill'>,
): Promise<void> {
  const random = new Random(seed);
  for (let killed = 1; killed <= kills; killed++) {
    await after(random.between(50, 350));
    const index = random.between(0, children.length - 1);
    // Some die while they start; on a slow machine all would, and no flow would ever be taken over.
    if (killed % 2 === 0) await children[index]!.ready;
    await children[index]!.kill('SIGKILL');
    children[index] = spawn(index);
    onKill?.(killed);
  }
}

/** The runs of a storm: started one after the other, so many at a time, until there have been enough. */
class Runs {
  readonly lost: string[] = [];
  started = 0;
  unparked = 0;
  readonly #server: Embedded;
  readonly #random: Random;
  readonly #underWay = new Map<RunId, { readonly shape: Shape; readonly n: number }>();
  #enough = false;

  constructor(server: Embedded, seed: number) {
    this.#server = server;
    this.#random = new Random(seed + 1);
  }

  enough(): void {
    this.#enough = true;
  }

  async keepGoing(): Promise<void> {
    let changedAt = performance.now();
    while (!this.#enough || this.#underWay.size > 0) {
      while (!this.#enough && this.#underWay.size < UNDER_WAY) await this.#start();
      await after(LOOK_MS);
      const before = this.#underWay.size;
      for (const run of [...this.#underWay.keys()]) await this.#look(run);
      if (this.#underWay.size < before || !this.#enough) changedAt = performance.now();
      if (performance.now() - changedAt < PATIENCE_MS) continue;
      for (const run of this.#underWay.keys()) this.lost.push(`${run} does not end: ${await this.#describe(run)}`);
      return;
    }
  }

  async #start(): Promise<void> {
    const shape = this.#random.pick(shapes);
    const n = this.#random.between(0, 100);
    const name = `r${this.started++}`;
    const { run } = await this.#server.operations.startRun({ chart: shape.name, name, input: inputOf(n) });
    this.#underWay.set(run, { shape, n });
  }

  async #look(run: RunId): Promise<void> {
    const { operations } = this.#server;
    const { status, outcome, flowCounts } = await operations.showRun(run, 0);
    if (flowCounts.Parked) {
      this.unparked++;
      await operations.redriveRun(run);
    }
    if (!outcome) return;
    const { shape, n } = this.#underWay.get(run)!;
    this.#underWay.delete(run);
    if (outcome.status === 'Succeeded' && isDeepStrictEqual(outcome.output, shape.output(n))) {
      const wrong = await this.#wrongHistory(run);
      if (wrong) this.lost.push(`${run}: ${wrong}`);
      return;
    }
    this.lost.push(`${run} on ${n}: ${status} ${JSON.stringify(outcome)}, not ${JSON.stringify(shape.output(n))}`);
  }

  /** The history must be whole: told by deciding again from the facts, a commit that is missing shows as a gap or as another end. */
  async #wrongHistory(run: RunId): Promise<string | undefined> {
    let last = 'nothing';
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      const page = await this.#server.operations.history(run, {
        limit: 1_000,
        ...(cursor !== undefined && { cursor }),
      });
      const gap = page.events.find(({ type }) => type === 'HistoryGap');
      if (gap) return `a gap in its history: ${JSON.stringify(gap)}`;
      last = page.events.at(-1)?.type ?? last;
      cursor = page.cursor;
    }
    return last === 'ExecutionSucceeded' ? undefined : `its history ends with ${last}`;
  }

  async #describe(run: RunId): Promise<string> {
    const { flows } = await this.#server.operations.showRun(run);
    return flows
      .map(({ flow, status, at, phase, term, seq, owner, waits }) =>
        JSON.stringify({ flow, status, at, phase, term, seq, owner, waits }),
      )
      .join(' ');
  }
}
