import { format } from 'node:util';
import type { LogLine } from '#ports/action';
import type { Clock } from '#ports/clock';
import type { ActivityLog } from '#sdk/activity';

/** What is kept of an action's log. The lines travel in the commit of the action, which must stay small. */
const MAX_LINES = 100;
const MAX_CHARS = 16 * 1024;

/** The lines of one action, bounded: the first are kept, because they say how it began to go wrong. */
export class LogBuffer {
  readonly #clock: Clock;
  readonly #lines: LogLine[] = [];
  #chars = 0;
  #dropped = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(level: LogLine['level'], text: string): void {
    if (this.#lines.length >= MAX_LINES || this.#chars >= MAX_CHARS) {
      this.#dropped++;
      return;
    }
    const room = MAX_CHARS - this.#chars;
    const kept = text.length <= room ? text : `${text.slice(0, room)}… (${text.length - room} more characters)`;
    this.#chars += kept.length + 1;
    this.#lines.push({ at: this.#clock.now(), level, text: kept });
  }

  /** The lines so far; the last one says how many were dropped. */
  lines(): readonly LogLine[] {
    if (this.#dropped === 0) return this.#lines;
    const text = `${this.#dropped} more lines were dropped: a log keeps ${MAX_LINES} lines and ${MAX_CHARS / 1024} KB.`;
    return [...this.#lines, { at: this.#clock.now(), level: 'warn', text }];
  }
}

/** The log that a handler is given, writing by `write`. */
export function activityLog(write: (level: LogLine['level'], text: string) => void): ActivityLog {
  const at =
    (level: LogLine['level']) =>
    (...message: unknown[]) =>
      write(level, typeof message[0] === 'string' && message.length === 1 ? message[0] : format(...message));
  return Object.assign(at('info'), { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') });
}
