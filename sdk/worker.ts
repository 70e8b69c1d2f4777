/** Gives a handler file's activities their types, and returns them as they are. */
export function defineActivities<T extends Record<string, (input: never, context: never) => unknown>>(activities: T): T {
  return activities;
}
