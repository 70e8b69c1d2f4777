/** The corpus: for each format what a DynamoDB table and queue held, and a state file, as the code that wrote it left them. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Item } from '#adapters/dynamodb/table-client';
import type { Recorded } from '#test/formats/runs';

/** A table's items, with the texts of the messages that were on the way. */
export interface RecordedTable extends Recorded {
  readonly items: readonly Item[];
  readonly messages: readonly { readonly queue: string; readonly body: string }[];
}

/** A state file. */
export interface RecordedFile extends Recorded {
  readonly file: Buffer;
}

const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const tableName = (format: number) => `format-${format}.table.json.gz`;
const stateName = (format: number) => `format-${format}.state.json.gz`;

/** Bytes as DynamoDB's clients give them; JSON has none. */
const replace = (_key: string, value: unknown) =>
  value instanceof Uint8Array ? { bytes: Buffer.from(value).toString('base64') } : value;
const revive = (_key: string, value: unknown) =>
  typeof value === 'object' && value !== null && 'bytes' in value ? Buffer.from(String(value.bytes), 'base64') : value;

const write = (name: string, what: unknown) => writeFileSync(fileOf(name), gzipSync(JSON.stringify(what, replace)));
const read = (name: string): unknown => JSON.parse(gunzipSync(readFileSync(fileOf(name))).toString(), revive);

export const writeTable = (format: number, recorded: RecordedTable): void => write(tableName(format), recorded);
export const writeState = (format: number, recorded: RecordedFile): void =>
  write(stateName(format), { ...recorded, file: new Uint8Array(recorded.file) });
export const readTable = (format: number): RecordedTable => read(tableName(format)) as RecordedTable;
export const readState = (format: number): RecordedFile => read(stateName(format)) as RecordedFile;

/** The formats that were recorded, both of them. */
export function recordedFormats(): readonly number[] {
  const names = readdirSync(fileOf('.'));
  return names
    .flatMap((name) => /^format-(\d+)\.table\.json\.gz$/.exec(name)?.[1] ?? [])
    .map(Number)
    .filter((format) => names.includes(stateName(format)))
    .sort((a, b) => a - b);
}
