/** What the scheduler tells of itself: one call for each transition of the protocol. Must not throw and must not block. */
export interface Telemetry {
  event(name: string, fields: Readonly<Record<string, unknown>>): void;
}

/** Tells nobody. */
export const SILENT: Telemetry = { event() {} };
