/**
 * The fewest days that a run stays in the store after its end, where runs are archived. A message lives 14 days on its queue, and while one of an ended flow may
 * still come, the flow's rows must be there.
 */
export const LEAST_RETENTION_DAYS = 15;

/** The days that a run stays in the store after its end where nobody says otherwise: as long as Step Functions keeps one. */
export const RETENTION_DAYS = 90;
