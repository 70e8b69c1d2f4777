/** Whether a chart may have triggers, by its text: what most have not, and is so not parsed for. */
export const mayHaveTriggers = (source: string): boolean => source.includes('"schedule"');
