/**
 * Asks a platform which hosts there are that should have a worker. What it lists is a hint: it lags, and may be refused; a host that a list does not name is
 * not gone by that. Only what `ask` says of a host by its name is an answer. Outside this port: which hosts are meant, which an adapter is told when it is made.
 */
import type { Platform } from '#ports/lease';

/** A host that should have a worker. */
export interface ListedHost extends Platform {
  /** The URL where its worker is to answer for its health, where that is known. */
  readonly health?: string;
}

/** What a platform says of a host that was asked about by its name. */
export interface Verdict {
  /** As it was asked about. */
  readonly host: Platform;
  /** `gone`: it ran, has ended, and never comes back. `unknown`: the platform has no such host, or has it no more. */
  readonly says: 'gone' | 'unknown';
  /** One sentence for people. */
  readonly text: string;
}

/** The hosts of one kind. Errors: what the platform's client throws; an answer is whole or none. */
export interface Discovery {
  /** Every host that should have a worker: those that run, and those that are about to. */
  list(): Promise<readonly ListedHost[]>;
  /** What is known for certain of each; nothing is said of a host that lives, that may, or that is of another kind or place. */
  ask(hosts: readonly Platform[]): Promise<readonly Verdict[]>;
}
