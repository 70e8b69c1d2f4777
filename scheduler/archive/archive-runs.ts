/**
 * Moves runs that ended long ago from the store to the archive. Each step may be repeated, cut anywhere, and be made twice at once:
 *
 * 1. All that the run's rows say is written to the archive and read back. A run of which anything goes on, or whose redrive is on its way, is left for a later census.
 * 2. The archive is noted on the run's first root, by a write that is refused where the run was redriven meanwhile. From here on the run is read from there.
 * 3. The rows go that the archive holds, no others; then it is noted that they are gone. Where this was cut, the next census finds the note and goes on.
 *
 * Ended flows never change (L3), so what was read before the note is what the rows say at the note.
 */
import type { EpochMs } from '#engine/time';
import { ARCHIVE_FORMAT, type Archive, type ArchiveDraft, type ArchiveLine, type RunRows } from '#ports/archive';
import { FlowbeatError } from '#ports/errors';
import { type FlowRecord, isReadable, isTerminal } from '#ports/flow-record';
import { type FlowId, parentOf, type RunId, rootFlow } from '#ports/ids';
import type { FactChunk } from '#ports/store';
import { answerStarter } from '#scheduler/answer-starter';
import { readArchive, storedFacts } from '#scheduler/archive/run-source';
import type { Scheduler } from '#scheduler/context';
import { flowsOf } from '#scheduler/flows-of';

/** What an archiving is bound by. */
export interface ArchiveBounds {
  /** Only runs that ended before. */
  readonly before: EpochMs;
  /** Nothing more is begun once it says no. */
  readonly goesOn: () => boolean;
}

/** Runs that are moved side by side: a function has 256 MB, and each may hold a flow with a large input and output. */
const RUNS_AT_ONCE = 2;
/** Flows of one run whose facts are read, or whose rows go, side by side. */
const FLOWS_AT_ONCE = 16;

/**
 * Archives runs that the census named, for as long as there is time; what is left the next census names again. A failure is told and never thrown: nothing else
 * depends on this. One that the other runs would meet as well (the bucket does not answer, or takes nothing) ends it. Does nothing where there is no archive.
 */
export async function archiveRuns(s: Scheduler, runs: readonly RunId[], bounds: ArchiveBounds): Promise<void> {
  const { archive, runRows: rows } = s;
  if (!archive || !rows) return;
  const archiving = new Archiving(s, archive, rows, bounds);
  let next = 0;
  let broken = false;
  const work = async () => {
    while (next < runs.length && !broken && bounds.goesOn()) {
      const run = runs[next++]!;
      await archiving.archive(run).catch((error: unknown) => {
        s.telemetry.event('archiveFailed', { run, message: String(error) });
        broken ||= isOfAll(error);
      });
    }
  };
  await Promise.all(Array.from({ length: RUNS_AT_ONCE }, work));
}

const isOfAll = (error: unknown): boolean =>
  error instanceof FlowbeatError && (error.kind === 'retryable' || error.code.startsWith('BLOBS_'));

class Archiving {
  readonly #s: Scheduler;
  readonly #archive: Archive;
  readonly #rows: RunRows;
  readonly #bounds: ArchiveBounds;

  constructor(s: Scheduler, archive: Archive, rows: RunRows, bounds: ArchiveBounds) {
    this.#s = s;
    this.#archive = archive;
    this.#rows = rows;
    this.#bounds = bounds;
  }

  async archive(run: RunId): Promise<void> {
    const first = await this.#s.store.readFlow(rootFlow(run));
    if (!first || !isTerminal(first.status) || !isReadable(first) || first.archived?.cleared) return;
    if (first.archived) return this.#clear(first, await flowsIn(this.#s, first.archived.key));
    // What follows the end of a run is told from its outcome, which is about to go.
    await answerStarter(this.#s, first);
    const draft = this.#archive.begin(run);
    const written = await this.#write(draft, first);
    if (written === 'goesOn') return;
    const alone = written.length === 1 && (await this.#rows.standsAlone(first.id));
    const key = alone ? undefined : await draft.store();
    if (key === undefined) {
      if (!alone) this.#s.telemetry.event('archiveTooLarge', { run });
      return this.#rows.leave(first.id, first.redrives);
    }
    if (!(await this.#rows.note(first.id, key, first.redrives))) return;
    this.#s.telemetry.event('archived', { run, key, flows: written.length });
    await this.#clear(first, written);
  }

  /** Writes all that there is of a run; returns its flows. `goesOn`: it is not over for long enough, or there is no time. */
  async #write(draft: ArchiveDraft, first: FlowRecord): Promise<readonly FlowId[] | 'goesOn'> {
    const { run, redrives } = first;
    const written: FlowId[] = [];
    await draft.add({ kind: 'run', format: ARCHIVE_FORMAT, run });
    for await (const flows of inBatches(flowsOf(this.#s, run), FLOWS_AT_ONCE)) {
      if (!this.#bounds.goesOn() || !flows.every((flow) => this.#isOver(flow))) return 'goesOn';
      const told = await Promise.all(flows.map((flow) => this.#linesOf(flow)));
      for (const [index, { id }] of flows.entries()) {
        written.push(id);
        for await (const line of told[index]!) if (!(await draft.add(line))) return written;
      }
    }
    // A redrive that was noted and not made yet.
    return written.includes(rootFlow(run, redrives)) ? written : 'goesOn';
  }

  /** What a later version wrote is not told from what it leaves out: that version archives it. */
  #isOver(flow: FlowRecord): boolean {
    return isTerminal(flow.status) && flow.updated < this.#bounds.before && isReadable(flow);
  }

  /** The lines of a flow; the first reads are made at once, so that many flows are read side by side. */
  async #linesOf(flow: FlowRecord): Promise<AsyncIterable<ArchiveLine>> {
    const facts = storedFacts(this.#s, flow.id);
    const [control, begun] = await Promise.all([
      parentOf(flow.id) ? undefined : this.#s.store.readControl(flow.id),
      facts.next(),
    ]);
    return (async function* (): AsyncGenerator<ArchiveLine> {
      yield { kind: 'flow', flow };
      if (control) yield { kind: 'control', row: control };
      if (!begun.done) yield factsLine(flow.id, begun.value);
      for await (const chunk of facts) yield factsLine(flow.id, chunk);
    })();
  }

  /** Children before roots, the first root last: its note says that there is something left. */
  async #clear({ id: first }: FlowRecord, flows: readonly FlowId[]): Promise<void> {
    const left = [...flows].reverse();
    while (left.length > 0) {
      if (!this.#bounds.goesOn()) return;
      await Promise.all(left.splice(0, FLOWS_AT_ONCE).map((flow) => this.#rows.clear(flow)));
    }
    await this.#rows.cleared(first);
  }
}

const factsLine = (flow: FlowId, chunk: FactChunk): ArchiveLine => ({ kind: 'facts', flow, ...chunk });

/** The flows that an archive holds. */
async function flowsIn(s: Scheduler, key: string): Promise<readonly FlowId[]> {
  const flows: FlowId[] = [];
  for await (const line of readArchive(s, key)) if (line.kind === 'flow') flows.push(line.flow.id);
  return flows;
}

async function* inBatches<T>(all: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let batch: T[] = [];
  for await (const one of all) {
    batch.push(one);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
