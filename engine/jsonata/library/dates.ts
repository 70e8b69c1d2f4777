/** Times (docs.jsonata.org, "Date/Time functions"). */

import { define, defineOf, type Library } from '#engine/jsonata/library/define';
import { fromMillis, toMillis } from '#engine/jsonata/pictures/date-picture';
import type { Machine, Value } from '#engine/jsonata/values/value';

/** What a picture and a date take that are short. */
const pictureCost = 240;

const shown = (millis: number, picture: Value, timezone: Value, { meter }: Machine): string => {
  meter.burn(picture === undefined ? 16 : pictureCost + ((picture as string).length >> 2));
  return fromMillis(millis, picture as string | undefined, timezone as string | undefined, meter);
};

/** Their names and what they do. */
export const dateLibrary: Library = [
  define('now', '<s?s?:s>', 2, ([picture, timezone], machine) => shown(machine.host.now(), picture, timezone, machine)),
  define('millis', '<:n>', 0, (_args, machine) => machine.host.now()),
  defineOf('toMillis', '<s-s?:n>', 2, ([text, picture], machine) => {
    machine.meter.burn(picture === undefined ? 16 : 2 * pictureCost + (picture as string).length);
    return toMillis(text as string, picture as string | undefined, machine.host.now(), machine.meter);
  }),
  defineOf('fromMillis', '<n-s?s?:s>', 3, ([millis, picture, timezone], machine) =>
    shown(millis as number, picture, timezone, machine),
  ),
];
