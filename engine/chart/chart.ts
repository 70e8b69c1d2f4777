import type { SomeBounds } from '#engine/chart/bounds';
import type { JsonObject } from '#engine/json';

/** What fires a chart by the clock. A later issue brings calendars, missed-firing policies and the other kinds of trigger. */
export interface ScheduleTrigger {
  /** A cron expression of five fields, or six with seconds first. */
  readonly schedule: string;
  /** IANA name of the time zone in which the schedule is read. */
  readonly timezone: string;
}

/**
 * A chart as its author wrote it, validated and with defaults filled in: the Amazon States Language under our envelope (DESIGN.md §2).
 * `validateChart` makes it; `compileChart` makes it run.
 */
export interface Chart {
  readonly name: string;
  readonly description: string;
  /** A run of an Express chart takes five minutes at most, and is begun again where its worker dies, unless `breaks` says otherwise; absent: Standard. */
  readonly type?: 'EXPRESS' | undefined;
  /** Whether values have the bounds that Step Functions sets; absent: none. */
  readonly limits?: 'aws' | undefined;
  /** Where activities of this chart run unless `queues` says otherwise. */
  readonly queue: string;
  /** Queue by activity name. */
  readonly queues: { readonly [activity: string]: string };
  /** Where a flow's progress is committed: after every action, or after the states named. */
  readonly breaks: 'every-action' | readonly string[];
  /** `off`: a flow that lost its worker is parked; it goes on from its last break when a person redrives the run. */
  readonly failover: 'on' | 'off';
  readonly triggers: readonly ScheduleTrigger[];
  /** The bounds of its expressions, as far as it says any; a chart that is stored has all of them. */
  readonly bounds?: SomeBounds | undefined;
  /** The state machine, as JSON. */
  readonly definition: JsonObject;
}
