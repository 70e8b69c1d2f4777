import { statSync } from 'node:fs';
import { FlowbeatError } from '#ports/errors';

/** Primary result codes of SQLite (https://sqlite.org/rescode.html) that are told apart here. */
const CODE = {
  BUSY: 5,
  LOCKED: 6,
  NOMEM: 7,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  PROTOCOL: 15,
  NOTADB: 26,
} as const;

/** The primary result code of an error of `node:sqlite`; undefined where it is no such error. */
function codeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff;
}

/** Whether another connection holds the lock, so that the same call may go through a millisecond later. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error);
  return code === CODE.BUSY || code === CODE.LOCKED || code === CODE.PROTOCOL;
}

/** What a failure of the file means to whoever asked for a read or write. An error of ours, or of our own code, passes through. */
export function toFlowbeatError(error: unknown, file: string): unknown {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_STATE') return closed(file);
  const code = codeOf(error);
  if (code === undefined) return error;
  const fields = { file, sqlite: code };
  switch (code) {
    case CODE.FULL:
      return new FlowbeatError(
        'retryable',
        'STORE_FULL',
        `There is no space left for ${file}. Nothing that was accepted is lost; free some space, and what failed is tried again.`,
        fields,
        error,
      );
    case CODE.CORRUPT:
      return new FlowbeatError(
        'rejected',
        'STORE_CORRUPT',
        `${file} is damaged. Stop Flowbeat, keep a copy of the file with its -wal and -shm, and put back a backup, or let "sqlite3 ${file} .recover" save what it holds.`,
        fields,
        error,
      );
    case CODE.NOTADB:
      return new FlowbeatError(
        'rejected',
        'STORE_NOT_A_DATABASE',
        `${file} is not a Flowbeat state file. Name another file, or move this one away; it was not changed.`,
        fields,
        error,
      );
    case CODE.READONLY:
      return new FlowbeatError(
        'rejected',
        'STORE_NOT_WRITABLE',
        statSync(file, { throwIfNoEntry: false })?.isDirectory()
          ? `${file} is a directory. Name a file in it; nothing was changed.`
          : `${file} can't be written. Give this user the right to write the file and its folder, or name another file.`,
        fields,
        error,
      );
    case CODE.BUSY:
    case CODE.LOCKED:
      return new FlowbeatError(
        'retryable',
        'STORE_LOCKED',
        `${file} is locked by another program. End that program (a shell or a backup tool, perhaps) and try again; nothing was changed.`,
        fields,
        error,
      );
    default:
      return new FlowbeatError(
        'retryable',
        'STORE_FAILED',
        `${file} could not be read or written (${error instanceof Error ? error.message : 'unknown'}). What was accepted is kept; see to the disk, and what failed is tried again.`,
        fields,
        error,
      );
  }
}

/** Whether a failure concerns the file and not the one write that met it: trying that write's neighbours one by one is no use. */
export function isFileFailure(error: unknown): boolean {
  const code = codeOf(error);
  return (
    code === CODE.FULL || code === CODE.IOERR || code === CODE.CORRUPT || code === CODE.READONLY || code === CODE.NOMEM
  );
}

/** What is asked of a store that this process has closed. */
export const closed = (file: string) =>
  new FlowbeatError('retryable', 'STORE_CLOSED', `${file} was closed by this process; nothing was written.`, { file });
