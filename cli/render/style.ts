import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

/** Colours a text, or leaves it as it is where nobody would see them. */
export type Style = (format: Format, text: string) => string;

/** Colours. */
export const coloured: Style = (format, text) => styleText(format, text, { validateStream: false });

/** No colours. */
export const plain: Style = (_format, text) => text;

/** The style for a terminal. */
export const styleFor = ({ color }: { readonly color: boolean }): Style => (color ? coloured : plain);

/**
 * Text of a user or a handler in one line: line ends and control characters are shown, never obeyed (an error's cause could
 * otherwise clear the screen or change the title of the terminal).
 */
export const oneLine = (text: string): string =>
  text
    .replaceAll(/\s+/g, (blanks) => (/[^ ]/.test(blanks) ? ' ' : blanks))
    .replaceAll(/\p{Cc}/gu, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** A text of others as a sentence: what follows it does not run on. */
export const sentence = (text: string): string => (/[.!?]\s*$/.test(text) ? text : `${text}.`);

/** Cuts a text to a width, with an ellipsis. */
export const cut = (text: string, width: number): string => {
  if (text.length <= width) return text;
  return width < 2 ? text.slice(0, Math.max(0, width)) : `${text.slice(0, width - 1)}…`;
};

const STATUS_FORMATS: Readonly<Record<string, Format>> = {
  Running: 'cyan',
  Owned: 'cyan',
  Queued: 'blue',
  Waiting: 'yellow',
  Paused: 'yellow',
  Parked: 'magenta',
  Succeeded: 'green',
  Connected: 'green',
  Failed: 'red',
  TimedOut: 'red',
  Condemned: 'red',
  Incompatible: 'red',
  Disconnected: 'red',
  Stalled: 'yellow',
  Draining: 'yellow',
  Cancelled: 'gray',
};

/** A status in its colour. */
export const statusText = (status: string, style: Style): string => style(STATUS_FORMATS[status] ?? 'reset', status);
