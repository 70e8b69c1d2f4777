/** The package export `flowbeat/worker`: what the handlers of actions import. */
export type { Json } from '#engine/json';
export type { ActivityContext, ActivityLog, Handler, IsolatedHandler } from '#sdk/activity';
export { ActivityError } from '#sdk/activity-error';
export type { Activities, Activity, InputOf, OutputOf } from '#sdk/define-activities';
export { defineActivities } from '#sdk/define-activities';
