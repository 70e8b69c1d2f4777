import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Place } from '#test/support/aws-local/place';

/** What runs, for whoever ends it: another process, perhaps tomorrow. */
const record = z.strictObject({
  endpoint: z.string().optional(),
  account: z.string(),
  region: z.string(),
  /** The emulator's process, where it was started here. */
  server: z.int().optional(),
  worker: z.int().optional(),
  /** The API's address, once there is one. */
  api: z.string().optional(),
});

/** What runs. */
export type Running = z.infer<typeof record>;

/** Notes what runs, before anything is done that somebody would have to undo. */
export const note = (place: Place, running: Running): void =>
  writeFileSync(place.record, `${JSON.stringify(running, null, 2)}\n`);

/** What was noted; undefined where nothing runs. */
export function noted(place: Place): Running | undefined {
  if (!existsSync(place.record)) return undefined;
  return record.parse(JSON.parse(readFileSync(place.record, 'utf8')));
}
