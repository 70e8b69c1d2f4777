import type { FlowRecord } from '#ports/flow-record';
import type { FlowId, RunId } from '#ports/ids';
import type { FactChunk } from '#ports/store';
import type { ControlRow } from '#ports/write';

/** The format of archives that this code writes. */
export const ARCHIVE_FORMAT = 1;

/** One line of a run's archive: what the archive is, a flow, the facts of one of its commits, or what a person wanted of the run. */
export type ArchiveLine =
  | { readonly kind: 'run'; readonly format: number; readonly run: RunId }
  | { readonly kind: 'flow'; readonly flow: FlowRecord }
  | ({ readonly kind: 'facts'; readonly flow: FlowId } & FactChunk)
  | { readonly kind: 'control'; readonly row: ControlRow };

/** The archive of one run while it is written. */
export interface ArchiveDraft {
  /** Adds a line. False where the archive has become too large: it will not be stored. */
  add(line: ArchiveLine): Promise<boolean>;
  /** Stores it and reads back what is stored, before it answers. Returns its key; undefined where it is too large. */
  store(): Promise<string | undefined>;
}

/** Where runs that ended long ago stand, one object a run. The same lines have the same key, so that storing them twice is storing them once. */
export interface Archive {
  begin(run: RunId): ArchiveDraft;
  /** The lines, in the order in which they were added. Throws ARCHIVE_CORRUPT where what was stored is gone or was changed. */
  read(key: string): AsyncIterable<ArchiveLine>;
}

/**
 * The rows of runs in a store that an archive stands beside. Each call may be repeated, and be made twice at once. Of an archived run the rows of its root
 * flows stay, without their values: its name, its status, its place in the list of runs, and that no late write can make it anew (L9).
 */
export interface RunRows {
  /** Whether nothing stands beside the row of this flow: there would be nothing to move. */
  standsAlone(flow: FlowId): Promise<boolean>;
  /** Notes on a run's first root that it stays where it is: the census does not name it again, unless it is redriven. */
  leave(first: FlowId, redrives: number): Promise<void>;
  /** Keeps a run out of the archive until a redrive is noted on its first root. False where it is archived. */
  reserve(first: FlowId, redrive: number): Promise<boolean>;
  /**
   * Notes where a run's archive is on its first root, whose own values go with this write. Refused (false) where another archive is noted, where the
   * run was redriven more than `redrives` times, and where a redrive is on its way.
   */
  note(first: FlowId, key: string, redrives: number): Promise<boolean>;
  /** Takes away a flow of an archived run: its row (of a root its values), then what stands beside it. */
  clear(flow: FlowId): Promise<void>;
  /** Notes that nothing of an archived run is left to be cleared. */
  cleared(first: FlowId): Promise<void>;
}
