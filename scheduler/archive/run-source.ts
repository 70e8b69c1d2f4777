import type { Json } from '#engine/json';
import { ARCHIVE_FORMAT, type ArchiveLine } from '#ports/archive';
import { FlowbeatError } from '#ports/errors';
import { type FlowRecord, type FlowStatus, formatNewer, isReadable, isTerminal } from '#ports/flow-record';
import { type FlowId, rootFlow, runOf } from '#ports/ids';
import type { FactChunk } from '#ports/store';
import type { Surroundings } from '#ports/surroundings';
import { flowsOf } from '#scheduler/flows-of';

/** Commits whose facts are read at a time. */
const CHUNKS = 200;

type Stored = Pick<Surroundings, 'store' | 'runRows' | 'archive'>;

/** Where the rows of one run are read from: the store, or its archive. */
export interface RunSource {
  /** The key of the archive; empty for the store. */
  readonly place: string;
  /** Parents before children. */
  flows(): AsyncIterable<FlowRecord>;
  /** How many there are by status, where that is known sooner. */
  counts?(): Promise<Readonly<Partial<Record<FlowStatus, number>>>>;
  /** The facts of a flow, in order of its commits. */
  facts(flow: FlowId): AsyncIterable<FactChunk>;
}

/**
 * Does `work` with a run's rows, wherever they are; `first` is its first root as the store has it. Rows that were moved while `work` read them may have looked
 * like fewer than there are, or like a store in disorder: then it is done once more, on the archive. A run that goes on is not moved.
 */
export async function withRun<T>(s: Stored, first: FlowRecord, work: (source: RunSource) => Promise<T>): Promise<T> {
  if (first.archived) return work(await archived(s, first.archived.key));
  const source: RunSource = {
    place: '',
    flows: () => flowsOf(s, first.run),
    ...(s.store.countFlows && { counts: async () => (await s.store.countFlows?.(first.run)) ?? {} }),
    facts: (flow: FlowId) => storedFacts(s, flow),
  };
  if (!s.runRows || !isTerminal(first.status)) return work(source);
  const [read] = await Promise.allSettled([work(source)]);
  const now = await s.store.readFlow(first.id);
  if (now?.archived) return work(await archived(s, now.archived.key));
  if (read.status === 'rejected') throw read.reason;
  return read.value;
}

/** Whether the run of a flow is in the archive: of its flows only the roots are in the store then. */
export const isArchived = async ({ store }: Pick<Stored, 'store'>, flow: FlowId): Promise<boolean> =>
  (await store.readFlow(rootFlow(runOf(flow))))?.archived !== undefined;

/** What a run was started on: the first fact of its first root. Rejects with FORMAT_NEWER where this code cannot read it. */
export async function inputFrom(source: RunSource, first: FlowRecord): Promise<Json> {
  if (!isReadable(first)) throw formatNewer('rejected', first);
  for await (const { facts } of source.facts(rootFlow(first.run))) return facts[0]?.[2] ?? null;
  return null;
}

/** The facts of a flow, as the store has them. */
export async function* storedFacts(s: Pick<Stored, 'store'>, flow: FlowId): AsyncGenerator<FactChunk> {
  for (let after = -1; ; ) {
    const chunks = await s.store.readFacts(flow, after, CHUNKS);
    yield* chunks;
    if (chunks.length < CHUNKS) return;
    after = chunks.at(-1)!.seq;
  }
}

/**
 * The lines of an archive. Throws BUCKET_NOT_NAMED where this process was told of none, ARCHIVE_NEWER where a later version has written it in a form that this
 * one does not know.
 */
export async function* readArchive({ archive }: Stored, key: string): AsyncGenerator<ArchiveLine> {
  if (!archive) {
    const message = `The run was archived to ${key} in the installation's bucket, and this process was told of none. Name it by FLOWBEAT_BUCKET, or --bucket.`;
    throw new FlowbeatError('terminal', 'BUCKET_NOT_NAMED', message, { key });
  }
  for await (const line of archive.read(key)) {
    if (line.kind === 'run' && line.format > ARCHIVE_FORMAT) {
      const message = `The archive ${key} has format ${line.format}, and this version of Flowbeat knows ${ARCHIVE_FORMAT}. Read it with a later version.`;
      throw new FlowbeatError('terminal', 'ARCHIVE_NEWER', message, { key, format: line.format });
    }
    yield line;
  }
}

async function archived(s: Stored, key: string): Promise<RunSource> {
  const flows: FlowRecord[] = [];
  const facts = new Map<FlowId, FactChunk[]>();
  for await (const line of readArchive(s, key)) {
    if (line.kind === 'flow') {
      flows.push(line.flow);
      facts.set(line.flow.id, []);
    } else if (line.kind === 'facts') {
      const { kind: _kind, flow, ...chunk } = line;
      facts.get(flow)?.push(chunk);
    }
  }
  return {
    place: key,
    async *flows() {
      yield* flows;
    },
    async *facts(flow) {
      yield* facts.get(flow) ?? [];
    },
  };
}
