import { describe, expect, test } from 'vitest';
import { advance, branchPosition, decide, redrivePosition, startPosition } from '#engine/decide';
import type { Fact, FlowEvent, Position } from '#engine/flow';
import type { HistoryEvent } from '#engine/history/event';
import { loggedFact, protocolFact, startedFact } from '#engine/history/facts';
import { TimeHeap } from '#engine/history/time-heap';
import { type FlowFacts, toEvents } from '#engine/history/to-events';
import type { Json } from '#engine/json';
import { epoch } from '#engine/time';
import { chartOf, optionsAt, start } from '#test/engine/support';

const at = (ms: number) => epoch(start + ms);
const { run: context } = optionsAt();

const eventsOf = async (chart: ReturnType<typeof chartOf>, flows: readonly FlowFacts[]) => {
  const events: HistoryEvent[] = [];
  for await (const event of toEvents(chart, { context }, flows)) events.push(event);
  return events;
};
const line = (event: HistoryEvent) => `${event.id}<-${event.previousEventId} ${event.type} ${event.flow}`;

/** Decides one event after another, each a millisecond later; returns the facts. */
const factsOf = (
  chart: ReturnType<typeof chartOf>,
  from: Position,
  seed: string,
  events: readonly FlowEvent[],
  first = 0,
) => {
  const facts: Fact[] = [];
  let position = from;
  let now = first;
  for (const event of events) {
    const decision = decide(chart, position, event, optionsAt(now++, { seed }));
    position = decision.position;
    facts.push(...decision.facts);
  }
  return { facts, position };
};

const ok = (output: Json): FlowEvent => ({ type: 'completed', output });
const go: FlowEvent = { type: 'go' };

describe('one flow', () => {
  const chart = chartOf({
    A: {
      Type: 'Task',
      Resource: 'activity:work',
      TimeoutSeconds: 9,
      Retry: [{ ErrorEquals: ['E'], IntervalSeconds: 1 }],
      Next: 'B',
    },
    B: { Type: 'Pass', Assign: { 'v.$': '$.x' }, Next: 'C' },
    C: { Type: 'Task', Resource: 'exec', End: true },
  });
  const claimed = protocolFact('claimed', at(0), { worker: 'w1', incarnation: 'i1', term: 2, queue: 'default' });

  test('the events of Step Functions and ours, numbered, with their details', async () => {
    const told = factsOf(chart, startPosition(chart, { n: 1 }, start), 'root', [
      go,
      { type: 'failed', error: 'E', cause: 'c' },
    ]);
    const more = factsOf(chart, told.position, 'root', [go, ok({ x: 5 }), ok(null)], 2000);
    const [went, failed] = told.facts as [Fact, Fact];
    const [again, done, last] = more.facts as [Fact, Fact, Fact];
    const facts = [
      startedFact(at(0), { n: 1 }),
      claimed,
      went,
      failed,
      protocolFact('released', at(1), { to: 'time' }),
      claimed,
      again,
      loggedFact(at(2001), ['hello']),
      done,
      last,
    ];
    const events = await eventsOf(chart, [{ id: 'root', facts }]);
    expect(events.map(line)).toEqual([
      '1<-0 ExecutionStarted root',
      '2<-1 FlowClaimed root',
      '3<-2 TaskStateEntered root',
      '4<-3 ActivityScheduled root',
      '5<-4 ActivityStarted root',
      '6<-5 ActivityFailed root',
      '7<-6 RetryScheduled root',
      '8<-7 FlowReleased root',
      '9<-8 FlowClaimed root',
      '10<-9 ActivityScheduled root',
      '11<-10 ActivityStarted root',
      '12<-11 ActionLogged root',
      '13<-12 ActivitySucceeded root',
      '14<-13 TaskStateExited root',
      '15<-14 PassStateEntered root',
      '16<-15 PassStateExited root',
      '17<-16 TaskStateEntered root',
      '18<-17 TaskScheduled root',
      '19<-18 TaskStarted root',
      '20<-19 TaskSucceeded root',
      '21<-20 TaskStateExited root',
      '22<-21 ExecutionSucceeded root',
    ]);
    expect(events[0]).toMatchObject({ executionStartedEventDetails: { input: '{"n":1}' } });
    expect(events[1]).toMatchObject({ flowClaimedEventDetails: { worker: 'w1', term: 2 } });
    expect(events[3]).toMatchObject({
      activityScheduledEventDetails: { resource: 'activity:work', input: '{"n":1}', timeoutInSeconds: 9 },
    });
    expect(events[4]).toMatchObject({ activityStartedEventDetails: { workerName: 'w1' } });
    expect(events[5]).toMatchObject({ activityFailedEventDetails: { error: 'E', cause: 'c' } });
    expect(events[11]).toMatchObject({ actionLoggedEventDetails: { lines: ['hello'] } });
    expect(events[15]).toMatchObject({
      stateExitedEventDetails: { name: 'B', output: '{"x":5}', assignedVariables: { v: '5' } },
    });
    expect(events[21]).toMatchObject({ timestamp: start + 2002, executionSucceededEventDetails: { output: 'null' } });
  });

  test('an action is one small fact', () => {
    const { facts } = factsOf(chart, startPosition(chart, {}, start), 'root', [go, ok({ x: 5 }), ok(null)]);
    expect(facts).toEqual([
      ['go', at(0)],
      ['ok', at(1), { x: 5 }],
      ['ok', at(2), null],
    ]);
  });

  test('what was decided in one go by an engine that stops for a commit elsewhere is told whole', async () => {
    const heavy = { Type: 'Pass', Parameters: { 'a.$': 'States.ArrayContains($.a, 0)' }, ResultPath: null };
    const walking = (times: number): Json =>
      Object.fromEntries(
        Array.from({ length: times }, (_, i) => [`P${i}`, { ...heavy, Next: i + 1 < times ? `P${i + 1}` : 'T' }]),
      );
    const states = { ...(walking(80) as object), T: { Type: 'Task', Resource: 'activity:a', End: true } };
    const long = chartOf(states, { bounds: { fuel: 20_000 } });
    const input = { a: Array.from({ length: 2_000 }, () => 1) };
    const facts: Fact[] = [startedFact(at(0), input), ['go', at(0)], ['ok', at(1), 7]];
    const types = (await eventsOf(long, [{ id: 'root', facts }])).map((event) => event.type);
    expect(types).not.toContain('HistoryGap');
    expect(types.filter((type) => type === 'PassStateExited')).toHaveLength(80);
    expect(types.slice(-2)).toEqual(['TaskStateExited', 'ExecutionSucceeded']);
  });

  test('a fact that does not fit into an endless loop is shown too', async () => {
    const endless = chartOf({
      A: { Type: 'Pass', Next: 'B' },
      B: { Type: 'Choice', Choices: [{ Variable: '$.done', IsPresent: true, Next: 'C' }], Default: 'A' },
      C: { Type: 'Succeed' },
    });
    const facts: Fact[] = [startedFact(at(0), {}), ['go', at(0)], ['ok', at(1), 7]];
    const types = (await eventsOf(endless, [{ id: 'root', facts }])).map((event) => event.type);
    expect(types.filter((type) => type === 'HistoryGap')).toHaveLength(1);
  });

  test('a fact that does not fit is shown and the rest told', async () => {
    const facts: Fact[] = [startedFact(at(0), {}), ['join', at(1)], ['go', at(2)], ['something', at(3), 7]];
    const events = await eventsOf(chart, [{ id: 'root', facts }]);
    expect(events.map((event) => event.type)).toEqual([
      'ExecutionStarted',
      'HistoryGap',
      'TaskStateEntered',
      'ActivityScheduled',
      'FlowSomething',
    ]);
  });

  test('lazily: a reader that stops has pulled only what it read', async () => {
    const loop = chartOf({
      A: { Type: 'Task', Resource: 'activity:a', Next: 'B' },
      B: { Type: 'Choice', Choices: [{ Variable: '$.stop', IsPresent: true, Next: 'C' }], Default: 'A' },
      C: { Type: 'Succeed' },
    });
    let pulled = 0;
    function* endless(): Generator<Fact> {
      yield startedFact(at(0), {});
      yield ['go', at(0)];
      for (let i = 1; ; i++) {
        pulled++;
        yield ['ok', at(i), { i }];
      }
    }
    let read = 0;
    for await (const event of toEvents(loop, { context }, [{ id: 'root', facts: endless() }])) {
      read = event.id;
      if (read === 70_000) break;
    }
    expect(read).toBe(70_000);
    expect(pulled).toBeLessThan(10_010);
  });

  test('a redriven run goes on where its root before it failed', async () => {
    const first = factsOf(chart, startPosition(chart, { n: 1 }, start), 'root', [go, { type: 'failed', error: 'X' }]);
    const second = factsOf(chart, redrivePosition(first.position, at(10)), 'root~1', [go, ok({ x: 1 }), ok(2)], 11);
    const events = await eventsOf(chart, [
      { id: 'root', facts: [startedFact(at(0), { n: 1 }), ...first.facts] },
      { id: 'root~1', facts: [protocolFact('redriven', at(10), { by: 'me' }), ...second.facts] },
    ]);
    expect(events.map((event) => event.type).slice(4)).toEqual([
      'ActivityFailed',
      'ExecutionFailed',
      'ExecutionRedriven',
      'TaskStateEntered',
      'ActivityScheduled',
      'ActivityStarted',
      'ActivitySucceeded',
      'TaskStateExited',
      'PassStateEntered',
      'PassStateExited',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
    expect(events.map((event) => event.id)).toEqual(events.map((_, i) => i + 1));
  });
});

describe('several flows', () => {
  const chart = chartOf({
    M: {
      Type: 'Map',
      ItemProcessor: { StartAt: 'I', States: { I: { Type: 'Task', Resource: 'activity:i', End: true } } },
      Retry: [{ ErrorEquals: ['E'], IntervalSeconds: 1 }],
      End: true,
    },
  });
  const split = decide(chart, startPosition(chart, ['a', 'b'], start), go, optionsAt(0, { seed: 'root' }));
  const child = (index: number, events: readonly FlowEvent[], first: number) => {
    const id = `root/${index}`;
    return { id, ...factsOf(chart, branchPosition(chart, split.position, index, optionsAt(first)), id, events, first) };
  };

  test('children lie between split and join, also where a clock was wrong', async () => {
    // The second child's worker is a minute behind, the first one's ahead of the parent's join.
    const late = child(0, [go, ok('A')], 90);
    const early = child(1, [go, ok('B')], -60_000);
    const parent = factsOf(chart, split.position, 'root', [{ type: 'joined', outputs: ['A', 'B'] }], 50);
    const link = (index: number) => ({ flow: 'root', split: 4, index });
    const events = await eventsOf(chart, [
      { id: 'root/1', facts: early.facts, parent: link(1) },
      { id: 'root', facts: [startedFact(at(0), ['a', 'b']), ...split.facts, ...parent.facts] },
      { id: 'root/0', facts: late.facts, parent: link(0) },
    ]);
    const types = events.map((event) => event.type);
    expect(types.indexOf('MapStateStarted')).toBeLessThan(types.indexOf('MapIterationStarted'));
    expect(types.lastIndexOf('MapIterationSucceeded')).toBeLessThan(types.indexOf('MapStateSucceeded'));
    expect(types.at(-1)).toBe('ExecutionSucceeded');
    expect(events.at(-1)).toMatchObject({ executionSucceededEventDetails: { output: '["A","B"]' } });
    const started = events.find((event) => event.type === 'MapStateStarted')?.id;
    for (const event of events) if (event.type === 'MapIterationStarted') expect(event.previousEventId).toBe(started);
    for (const event of events) expect(event.previousEventId).toBeLessThan(event.id);
  });

  test('a retry of a split has children of its own', async () => {
    const failed = child(0, [go, { type: 'failed', error: 'E' }], 1);
    const cancelled = child(1, [go, { type: 'cancelled' }], 2);
    const told = factsOf(chart, split.position, 'root', [{ type: 'branchFailed', index: 0, error: 'E' }], 10);
    const again = factsOf(chart, told.position, 'root', [go], 1010);
    const children = [0, 1].map((index) => {
      const id = `root/again/${index}`;
      const position = branchPosition(chart, again.position, index, optionsAt(1011));
      return {
        id,
        facts: factsOf(chart, position, id, [go, ok(index)], 1011).facts,
        parent: { flow: 'root', split: 9, index },
      };
    });
    const joined = factsOf(chart, again.position, 'root', [{ type: 'joined', outputs: [0, 1] }], 1020);
    const events = await eventsOf(chart, [
      {
        id: 'root',
        facts: [startedFact(at(0), ['a', 'b']), ...split.facts, ...told.facts, ...again.facts, ...joined.facts],
      },
      ...children,
      { id: failed.id, facts: failed.facts, parent: { flow: 'root', split: 3, index: 0 } },
      { id: cancelled.id, facts: cancelled.facts, parent: { flow: 'root', split: 3, index: 1 } },
    ]);
    const count = (type: string) => events.filter((event) => event.type === type).length;
    expect(count('MapStateStarted')).toBe(2);
    expect(count('MapIterationStarted')).toBe(4);
    expect(count('MapIterationFailed')).toBe(1);
    expect(count('MapIterationAborted')).toBe(1);
    // One of the iteration that was stopped, one of the Task that failed its own.
    expect(count('TaskStateAborted')).toBe(2);
    expect(count('MapStateFailed')).toBe(0);
    expect(events.at(-1)).toMatchObject({
      type: 'ExecutionSucceeded',
      executionSucceededEventDetails: { output: '[0,1]' },
    });
  });

  test('facts may come from afar', async () => {
    async function* slowly(facts: readonly Fact[]): AsyncGenerator<Fact> {
      for (const fact of facts) {
        await Promise.resolve();
        yield fact;
      }
    }
    const facts = slowly([startedFact(at(0), ['a', 'b']), ...split.facts]);
    const events = await eventsOf(chart, [{ id: 'root', facts }]);
    expect(events.map((event) => event.type)).toEqual(['ExecutionStarted', 'MapStateEntered', 'MapStateStarted']);
  });
});

describe('the heap', () => {
  test('gives items by time, equals in the order they came', () => {
    const heap = new TimeHeap<number>();
    const times = Array.from({ length: 500 }, (_, i) => (i * 7919) % 97);
    times.forEach((time, i) => {
      heap.push(epoch(time), i);
    });
    const order = times.map((_, i) => i).sort((a, b) => (times[a] as number) - (times[b] as number) || a - b);
    expect(times.map(() => heap.pop())).toEqual(order);
    expect(heap.pop()).toBeUndefined();
  });
});

test('a listener changes nothing', () => {
  const chart = chartOf({ A: { Type: 'Pass', Assign: { x: 1 }, Next: 'B' }, B: { Type: 'Succeed' } });
  const nothing = () => {};
  const trace = {
    entered: nothing,
    exited: nothing,
    scheduled: nothing,
    submitted: nothing,
    succeeded: nothing,
    failed: nothing,
    retried: nothing,
    split: nothing,
    joined: nothing,
  };
  const position = startPosition(chart, { a: 1 }, start);
  expect(advance(chart, position, go, optionsAt(), trace)).toEqual(decide(chart, position, go, optionsAt()));
});
