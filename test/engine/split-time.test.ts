import { expect, test } from 'vitest';
import { branchPosition, decide, startPosition } from '#engine/decide';
import { chartOf, optionsAt } from '#test/engine/support';

const { now } = optionsAt(0);

test('the items of a Map are those of the time at which it was entered, whoever makes a child and whenever', () => {
  const chart = chartOf(
    {
      M: {
        Type: 'Map',
        Items: `{% [1..($millis() = ${now} ? 3 : 1)] %}`,
        ItemSelector: '{% $millis() %}',
        ItemProcessor: { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } },
        End: true,
      },
    },
    { QueryLanguage: 'JSONata' },
  );
  const entered = decide(chart, startPosition(chart, {}, now), { type: 'go' }, optionsAt(0));
  expect(entered.next).toMatchObject({ do: 'split', branches: 3 });
  // Another owner asks again, later.
  expect(decide(chart, entered.position, { type: 'go' }, optionsAt(9000)).next).toEqual(entered.next);
  const child = branchPosition(chart, entered.position, 2, optionsAt(9000));
  expect(child).toMatchObject({ input: now, entered: now + 9000 });
});
