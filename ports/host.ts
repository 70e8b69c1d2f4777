/** What the machine or task that a worker runs on offers it. Deliberately outside: how it is asked; nothing here may stop a worker. */
import type { Platform } from '#ports/lease';

/** Where a worker with `--health-port` answers for its health. */
export const healthAddress = (address: string, port: number): string =>
  `http://${address.includes(':') ? `[${address}]` : address}:${port}/health`;

/** The host of this process. */
export interface Host {
  /** What it calls itself. */
  readonly platform: Platform;
  /** Keeps the platform from choosing this host when it makes fewer of them, for `minutes` or until it is told otherwise. */
  protect?(on: boolean, minutes: number): Promise<void>;
  /** Why this host will be taken away soon; undefined while it will not, as far as is known. */
  leaving?(): Promise<string | undefined>;
  /** Why the platform recommends to leave this host, which it may take away or not; undefined while it does not. */
  atRisk?(): Promise<string | undefined>;
}
