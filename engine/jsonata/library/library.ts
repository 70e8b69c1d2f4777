import { collectionLibrary } from '#engine/jsonata/library/collections';
import { dateLibrary } from '#engine/jsonata/library/dates';
import { evaluationLibrary } from '#engine/jsonata/library/evaluation';
import { numberLibrary } from '#engine/jsonata/library/numbers';
import { stringLibrary } from '#engine/jsonata/library/strings';
import { Frame, type Value } from '#engine/jsonata/values/value';

/** The scope around every expression: the built-in functions. Nothing is ever bound in it. */
export const libraryFrame = new Frame(
  undefined,
  new Map<string, Value>([
    ...numberLibrary,
    ...stringLibrary,
    ...collectionLibrary,
    ...dateLibrary,
    ...evaluationLibrary,
  ]),
);
