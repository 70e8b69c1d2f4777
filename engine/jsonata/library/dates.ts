/** Times (docs.jsonata.org, "Date/Time functions"). */
import { fromMillis, toMillis } from '#engine/jsonata/date-picture';
import { define, defineOf, type Library } from '#engine/jsonata/library/define';

/** Their names and what they do. */
export const dateLibrary: Library = [
  define('now', '<s?s?:s>', 2, ([picture, timezone], machine) =>
    fromMillis(machine.host.now(), picture as string | undefined, timezone as string | undefined, machine.meter),
  ),
  define('millis', '<:n>', 0, (_args, machine) => machine.host.now()),
  defineOf('toMillis', '<s-s?:n>', 2, ([text, picture], machine) =>
    toMillis(text as string, picture as string | undefined, machine.host.now(), machine.meter),
  ),
  defineOf('fromMillis', '<n-s?s?:s>', 3, ([millis, picture, timezone], machine) =>
    fromMillis(millis as number, picture as string | undefined, timezone as string | undefined, machine.meter),
  ),
];
