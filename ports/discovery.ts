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

/** A host that the platform is asked about by its name. */
export interface AskedHost {
  readonly host: Platform;
  /** Whether a list has named it before: of any other host, that the platform does not know it says nothing, since it may be of another account or region. */
  readonly wasListed: boolean;
  /** Whether an event has said that it was stopped. Of any other host, that it is stopped says nothing: it may be run again before its platform tells. */
  readonly stopped?: boolean;
}

/** A host that the platform says is gone: it ran, has ended, and never comes back (or was asked about as stopped, and is). */
export interface GoneHost {
  /** As it was asked about. */
  readonly host: Platform;
  /** One sentence for people. */
  readonly text: string;
}

/** The hosts of one kind. Errors: what the platform's client throws; an answer is whole or none. */
export interface Discovery {
  /** Every host that should have a worker: those that run, and those that are about to. */
  list(): Promise<readonly ListedHost[]>;
  /** Those that are gone for certain; nothing is said of a host that lives, that may, or that is of another kind or place. */
  ask(hosts: readonly AskedHost[]): Promise<readonly GoneHost[]>;
}
