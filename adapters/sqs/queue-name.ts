/** SQS allows letters, digits, dashes and underscores; what else a queue's name holds is written as its code. */
export const sqsName = (prefix: string, queue: string): string =>
  prefix + queue.replace(/[^A-Za-z0-9_-]/g, (letter) => `_${letter.charCodeAt(0).toString(16)}_`);

/** How long a message may lie: two weeks, so that a stop over the holidays loses nothing. */
export const RETENTION_SECONDS = 1_209_600;

/** How long a received message stays invisible where its receiver does not say. */
export const VISIBILITY_SECONDS = 30;
