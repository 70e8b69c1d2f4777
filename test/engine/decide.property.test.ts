import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { branchPosition, decide, startPosition } from '#engine/decide';
import type { Decision, FlowEvent } from '#engine/flow';
import type { Json } from '#engine/json';
import { chartOf, frozen, optionsAt, start } from '#test/engine/support';

const chart = chartOf({
  Begin: {
    Type: 'Pass',
    Parameters: { 'id.$': 'States.UUID()', n: 0, items: [1, 2] },
    Assign: { seen: 0 },
    Next: 'Act',
  },
  Act: {
    Type: 'Task',
    Resource: 'activity:a',
    Parameters: { 'n.$': '$.n', 'draw.$': 'States.MathRandom(0, 1000000)' },
    ResultPath: '$.last',
    Retry: [{ ErrorEquals: ['Again'], MaxAttempts: 3, JitterStrategy: 'FULL' }],
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.last', Next: 'Pause' }],
    Next: 'Ask',
  },
  Ask: {
    Type: 'Task',
    Resource: 'activity:b.waitForTaskToken',
    HeartbeatSeconds: 5,
    ResultPath: '$.last',
    Next: 'Pause',
  },
  Pause: { Type: 'Wait', Seconds: 3, Next: 'Each' },
  Each: {
    Type: 'Map',
    ItemsPath: '$.items',
    ResultPath: '$.last',
    ItemSelector: { 'i.$': '$$.Map.Item.Index', 'id.$': 'States.UUID()' },
    ItemProcessor: { StartAt: 'Item', States: { Item: { Type: 'Pass', End: true } } },
    Next: 'Count',
  },
  Count: {
    Type: 'Pass',
    Parameters: { 'n.$': 'States.MathAdd($.n, 1)', 'items.$': '$.items', 'last.$': '$.last' },
    Next: 'Enough',
  },
  Enough: { Type: 'Choice', Choices: [{ Variable: '$.n', NumericGreaterThan: 20, Next: 'Done' }], Default: 'Act' },
  Done: { Type: 'Succeed' },
});

/** Values as they come out of a store: a `-0` that goes in comes out as 0. */
const json = (constraints: fc.JsonSharedConstraints = {}): fc.Arbitrary<Json> =>
  fc.json(constraints).map((text) => JSON.parse(text) as Json);

const answer = fc.oneof(
  fc.record({ kind: fc.constant('ok' as const), output: json({ maxDepth: 2 }) }),
  fc.record({ kind: fc.constant('fail' as const), error: fc.constantFrom('Again', 'Other', 'States.Timeout') }),
);
type Answer = typeof answer extends fc.Arbitrary<infer T> ? T : never;

/** Events that may come next, in the manner of a scheduler. */
const eventFor = (decision: Decision, given: Answer): FlowEvent => {
  const { next } = decision;
  if (next.do === 'act' || next.do === 'callback') {
    return given.kind === 'ok' ? { type: 'completed', output: given.output } : { type: 'failed', error: given.error };
  }
  if (next.do === 'split') {
    return given.kind === 'ok'
      ? { type: 'joined', outputs: [given.output, null] }
      : { type: 'branchFailed', index: 1, error: given.error };
  }
  return { type: 'go' };
};

describe('decide', () => {
  test('repeated it is the same decision, and it changes nothing that it was given', () => {
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 40 }), json(), (answers, input) => {
        let now = 0;
        let decision = decide(chart, startPosition(chart, frozen(input), start), { type: 'go' }, optionsAt(now));
        for (const given of answers) {
          if (decision.next.do === 'end') break;
          now += 5000;
          const event = frozen(eventFor(decision, given));
          const position = frozen(decision.position);
          const once = decide(chart, position, event, optionsAt(now));
          // A position that was stored and read again, and a chart used in between, make no difference.
          const stored = JSON.parse(JSON.stringify(position)) as typeof position;
          expect(decide(chart, stored, event, optionsAt(now))).toEqual(once);
          if (position.phase === 'split') {
            const child = branchPosition(chart, position, 1, optionsAt(now));
            expect(branchPosition(chart, stored, 1, optionsAt(now))).toEqual(child);
          }
          decision = once;
        }
      }),
      { numRuns: 300 },
    );
  });

  test('the facts of a decision are at most one, of the time of the decision', () => {
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 40 }), (answers) => {
        let now = 0;
        let decision = decide(chart, startPosition(chart, null, start), { type: 'go' }, optionsAt(now));
        for (const given of answers) {
          if (decision.next.do === 'end') break;
          now += 5000;
          decision = decide(chart, decision.position, eventFor(decision, given), optionsAt(now));
          expect(decision.facts.length).toBeLessThanOrEqual(1);
          for (const [, at] of decision.facts) expect(at).toBe(start + now);
        }
      }),
      { numRuns: 100 },
    );
  });
});
