import type { Json } from '#engine/json';
import type { ChartVersion } from '#ports/store';
import type { Announce } from '#workers/announce';

const ACTIVITY = 'activity:';

/** `dev`: tells of activities that a chart names and no handler has. Their flows would wait, silently, for a worker of another process. */
export function tellMissingHandlers(
  { name, source }: ChartVersion,
  present: ReadonlySet<string>,
  announce: Announce,
): void {
  const missing = [...new Set(activitiesIn(JSON.parse(source)))].filter((activity) => !present.has(activity));
  // A server whose worker has not begun has no handler at all yet; its charts are looked at when it has.
  if (present.size === 0 || missing.length === 0) return;
  const what = missing.map((activity) => `${ACTIVITY}${activity}`).join(', ');
  announce(
    'handlersMissing',
    `Chart ${name} names ${what}, for which no handler is loaded: its runs will wait there.`,
    {
      name,
      missing,
    },
  );
}

/** The activities of all states, those of branches among them. Values of the chart's author hold no states. */
function activitiesIn(value: Json): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(activitiesIn);
  const { States: states, definition, Branches, ItemProcessor, Iterator } = value as { [name: string]: Json };
  const inner = [definition, Branches, ItemProcessor, Iterator, ...Object.values(states ?? {})];
  const { Resource: resource } = value as { [name: string]: Json };
  const own = typeof resource === 'string' && resource.startsWith(ACTIVITY) ? [resource.slice(ACTIVITY.length)] : [];
  return [...own, ...inner.flatMap((one) => (one === undefined ? [] : activitiesIn(one)))];
}
