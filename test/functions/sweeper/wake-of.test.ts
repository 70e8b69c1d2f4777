import { expect, test } from 'vitest';
import { wakeOf } from '#functions/sweeper/wake-of';

const records = (...bodies: string[]) => ({ Records: bodies.map((body) => ({ body })) });
const wake = (number: number) => JSON.stringify({ kind: 'sweep', wake: number });

test('the rule brings no wake; of several messages the latest counts', () => {
  expect(wakeOf({})).toBeUndefined();
  expect(wakeOf(records(wake(3), wake(5), wake(4)))).toBe(5);
});

test.each(['no JSON', 'null', '{}', '"text"', JSON.stringify({ kind: 'sweep' })])(
  'the message %s asks for a sweep at once and fails nothing',
  (body) => {
    expect(wakeOf(records(wake(3), body))).toBeUndefined();
  },
);
