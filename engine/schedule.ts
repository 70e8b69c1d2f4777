/**
 * When a schedule fires: cron expressions of five fields, or six with seconds first, in a time zone. Pure: the time comes in. A local time that
 * the clocks skip in spring fires at the moment they jump; one that they repeat in autumn fires once.
 */
import { Cron } from 'croner';
import { didYouMean } from '#engine/chart/suggest';
import { type EpochMs, epoch } from '#engine/time';

/** What is wrong with a schedule, and in which field. */
export interface ScheduleProblem {
  readonly code: 'INVALID_SCHEDULE' | 'INVALID_TIMEZONE';
  readonly field: 'schedule' | 'timezone';
  readonly message: string;
  /** What was probably meant. */
  readonly suggestion?: string;
}

/** Slots in one answer at most, so that a long outage does not fill the memory. */
export const maxSlots = 10_000;

const parsed = new Map<string, Cron>();
const maxParsed = 1000;

/** Parsing takes about 20 us and is repeated each tick, so the last schedules are kept. A cache of a pure function: nothing can be seen of it. */
const cronOf = (schedule: string, timezone: string): Cron => {
  const key = `${timezone}\n${schedule}`;
  let cron = parsed.get(key);
  if (cron === undefined) {
    if (parsed.size >= maxParsed) parsed.clear();
    // Paused and without a function: croner starts no timer.
    cron = new Cron(schedule.trim(), { timezone, paused: true });
    parsed.set(key, cron);
  }
  return cron;
};

/** Everything wrong with a schedule; empty where it is right. */
export const checkSchedule = (schedule: string, timezone: string): readonly ScheduleProblem[] => {
  const problems: ScheduleProblem[] = [];
  let zone = timezone;
  if (!isTimezone(timezone)) {
    zone = 'UTC';
    const suggestion = didYouMean(timezone, Intl.supportedValuesOf('timeZone'));
    problems.push({
      ...(suggestion === undefined ? {} : { suggestion }),
      code: 'INVALID_TIMEZONE',
      field: 'timezone',
      message: `'${timezone}' is no time zone of the IANA database (as 'Europe/Berlin' is).`,
    });
  }
  const parts = schedule.trim().split(/\s+/);
  const nickname = schedule.trim().startsWith('@');
  const bad = (message: string): void => {
    problems.push({ code: 'INVALID_SCHEDULE', field: 'schedule', message });
  };
  if (parts.length !== 5 && parts.length !== 6 && !nickname) {
    bad(
      `A schedule has 5 fields (minute hour day month weekday), or 6 with seconds first; '${schedule}' has ${parts.length}.`,
    );
    return problems;
  }
  try {
    const next = cronOf(schedule, zone).nextRun(new Date(0));
    if (next === null) bad(`'${schedule}' never fires.`);
  } catch {
    for (const message of nickname ? [noNickname(schedule)] : wrongFields(schedule, parts)) bad(message);
  }
  return problems;
};

const noNickname = (schedule: string): string =>
  `'${schedule}' is no schedule; by name there are @hourly, @daily, @weekly, @monthly and @yearly.`;

const fieldNames = [
  'second (0 to 59)',
  'minute (0 to 59)',
  'hour (0 to 23)',
  'day of the month (1 to 31)',
  'month (1 to 12, or JAN to DEC)',
  'weekday (0 to 7, or SUN to SAT)',
];

/** The parser's own words name neither the field nor its range as a user knows them, so each field is tried with stars around it. */
const wrongFields = (schedule: string, parts: readonly string[]): readonly string[] => {
  const names = fieldNames.slice(-parts.length);
  const wrong = parts.flatMap((part, i) => {
    const alone = parts.map((_, j) => (j === i ? part : '*')).join(' ');
    return parses(alone) ? [] : [`'${part}' is no ${names[i]}, which is field ${i + 1} of '${schedule}'.`];
  });
  return wrong.length > 0 && wrong.length < parts.length
    ? wrong
    : [`'${schedule}' is no schedule; one is '0 2 * * *' (minute hour day month weekday): at two each night.`];
};

const parses = (schedule: string): boolean => {
  try {
    return new Cron(schedule, { paused: true }) !== undefined;
  } catch {
    return false;
  }
};

const isTimezone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

/** The first slot after a time; undefined where there is none. The schedule has passed `checkSchedule`, else this throws. */
export const nextSlot = (schedule: string, timezone: string, after: EpochMs): EpochMs | undefined => {
  const next = cronOf(schedule, timezone).nextRun(new Date(after));
  return next === null ? undefined : epoch(next.getTime());
};

/** The slots after `after` up to and including `until`, oldest first; the first `most` of them. */
export const slotsBetween = (
  schedule: string,
  timezone: string,
  after: EpochMs,
  until: EpochMs,
  most: number = maxSlots,
): readonly EpochMs[] => {
  const slots: EpochMs[] = [];
  let at = nextSlot(schedule, timezone, after);
  while (at !== undefined && at <= until && slots.length < most) {
    slots.push(at);
    at = nextSlot(schedule, timezone, at);
  }
  return slots;
};
