import { expect, test } from 'vitest';
import { timeExpression } from '#cli/options/time-expression';
import { drawRun } from '#cli/render/draw-run';
import { eventLine } from '#cli/render/event-line';
import { LiveDisplay } from '#cli/render/live-display';
import { applyEvent, newProgress } from '#cli/render/progress';
import { plain } from '#cli/render/style';
import { table } from '#cli/render/table';
import { ago, duration } from '#cli/render/time';
import type { HistoryEvent } from '#http/contract/history';
import type { RunDetail } from '#http/contract/run';

const canvas = { style: plain, columns: 80, rows: 24, now: 10_000, frame: 0 };

const run: RunDetail = {
  run: 'report:monday',
  chart: 'report',
  version: 3,
  name: 'monday',
  status: 'Running',
  startedAt: new Date(0).toISOString(),
  updatedAt: new Date(0).toISOString(),
  redrives: 0,
  input: {},
  flows: [],
  flowCounts: { Owned: 2, Succeeded: 1 },
  moreFlows: false,
};

function story() {
  let id = 0;
  const events: HistoryEvent[] = [];
  const add = (at: number, flow: string, type: string, details: object = {}) => {
    id++;
    events.push({ id, previousEventId: id - 1, timestamp: new Date(at).toISOString(), type, flow, ...details });
  };
  const entered = (at: number, flow: string, type: string, name: string) =>
    add(at, flow, `${type}StateEntered`, { stateEnteredEventDetails: { name } });
  const exited = (at: number, flow: string, type: string, name: string) =>
    add(at, flow, `${type}StateExited`, { stateExitedEventDetails: { name } });
  return { events, add, entered, exited };
}

const root = 'report:monday';

test('a run is drawn with a line for each state, those of branches below theirs, a bar for packets', () => {
  const { events, add, entered, exited } = story();
  entered(0, root, 'Task', 'Extract');
  add(500, root, 'ActivityFailed', { activityFailedEventDetails: { error: 'Busy' } });
  exited(1200, root, 'Task', 'Extract');
  entered(1200, root, 'Map', 'Packets');
  add(1200, root, 'MapStateStarted', { mapStateStartedEventDetails: { length: 3 } });
  for (const index of [0, 1, 2]) entered(1300, `${root}/2.${index}`, 'Task', 'Resize');
  exited(2000, `${root}/2.0`, 'Task', 'Resize');
  add(2000, `${root}/2.0`, 'MapIterationSucceeded', {
    mapIterationSucceededEventDetails: { name: 'Packets', index: 0 },
  });
  const progress = newProgress();
  for (const event of events) applyEvent(progress, event);
  expect(drawRun(run, progress, canvas)).toEqual([
    'report:monday  Running  10.0s  report v3',
    '  ✔ Extract   1.2s  1 failed attempt (Busy)',
    '  ⠋ Packets   ████████░░░░░░░░░░░░░░░░ 1/3  8.8s',
    '    ⠋ Resize  1 done  2 under way  8.7s',
    '  3 flows: 2 Owned, 1 Succeeded',
  ]);
});

test('a chart of many states is cut to the rows of the terminal, and what runs stays in sight', () => {
  const { events, entered, exited } = story();
  entered(0, root, 'Parallel', 'All');
  for (let index = 0; index < 200; index++) {
    entered(index, `${root}/0.${index}`, 'Task', `S${index}`);
    if (index !== 7) exited(index, `${root}/0.${index}`, 'Task', `S${index}`);
  }
  const progress = newProgress();
  for (const event of events) applyEvent(progress, event);
  const lines = drawRun(run, progress, canvas);
  expect(lines.length).toBeLessThanOrEqual(24);
  expect(lines.join('\n')).toMatch(/⠋ S7\b/);
});

test('a state that a flow stands in is drawn before the history tells of it', () => {
  const flow = {
    flow: root,
    status: 'Owned' as const,
    at: 'Extract',
    phase: 'enter',
    attempt: 0,
    step: 0,
    term: 2,
    seq: 0,
    queue: 'default',
    needs: 'extract',
    updatedAt: new Date(4000).toISOString(),
  };
  const child = { ...flow, flow: `${root}/1.0`, parent: root, at: 'Resize' };
  const lines = drawRun({ ...run, flows: [flow, child], flowCounts: {} }, newProgress(), canvas);
  expect(lines.slice(1)).toEqual(['  ⠋ Extract   6.0s', '    ⠋ Resize  6.0s']);
});

test('a run that failed marks the state it failed at and says why', () => {
  const { events, entered } = story();
  entered(0, root, 'Task', 'Extract');
  const progress = newProgress();
  for (const event of events) applyEvent(progress, event);
  const failed: RunDetail = {
    ...run,
    status: 'Failed',
    endedAt: new Date(900).toISOString(),
    flowCounts: { Failed: 1 },
    outcome: { status: 'Failed', error: 'Bad', cause: 'x'.repeat(500) },
  };
  const lines = drawRun(failed, progress, canvas);
  expect(lines[1]).toBe('  ✖ Extract');
  expect(lines[2]).toBe('  Bad');
  expect(lines[3]?.length).toBeLessThanOrEqual(80);
});

test('a state that failed and succeeded after a redrive is done, once', () => {
  const { events, add, entered, exited } = story();
  entered(0, root, 'Task', 'Second');
  add(500, root, 'ActivityFailed', { activityFailedEventDetails: { error: 'Busy' } });
  add(600, root, 'ExecutionFailed');
  add(900, `${root}~1`, 'ExecutionRedriven');
  entered(900, `${root}~1`, 'Task', 'Second');
  exited(1000, `${root}~1`, 'Task', 'Second');
  entered(1000, `${root}~1`, 'Task', 'Third');
  const progress = newProgress();
  for (const event of events) applyEvent(progress, event);
  const failed: RunDetail = {
    ...run,
    status: 'Failed',
    endedAt: new Date(1100).toISOString(),
    redrives: 1,
    flowCounts: { Failed: 2 },
    outcome: { status: 'Failed' },
  };
  expect(drawRun(failed, progress, canvas).slice(1)).toEqual([
    '  ✔ Second    1.0s  1 failed attempt (Busy)',
    '  ✖ Third',
    '  2 flows of all 2 tries: 2 Failed',
  ]);
});

test('a run that waits says for what', () => {
  const flow = {
    flow: root,
    status: 'Queued' as const,
    at: 'Extract',
    phase: 'enter',
    attempt: 0,
    step: 0,
    term: 2,
    seq: 0,
    queue: 'default',
    needs: 'extract',
    updatedAt: new Date(4000).toISOString(),
  };
  const last = (one: RunDetail['flows'][number]) =>
    drawRun({ ...run, flows: [one], flowCounts: {} }, newProgress(), canvas).at(-1);
  expect(last(flow)).toContain('at "Extract": needs a worker for extract');
  expect(last({ ...flow, updatedAt: new Date(9000).toISOString() })).not.toContain('needs');
  expect(last({ ...flow, status: 'Waiting', waits: { for: 'callback' } })).toContain(
    'at "Extract": waits for the answer to its token',
  );
});

test('events that matter become lines, the others do not', () => {
  const { events, add, entered, exited } = story();
  entered(0, root, 'Task', 'Extract');
  exited(0, root, 'Task', 'Extract');
  add(90_000, root, 'FlowTakenOver', { fromWorker: 'w1', text: 'its process is gone', term: 4 });
  add(90_000, root, 'FlowTakenOver', { fromWorker: 'w1', text: 'its process is gone', term: 4, status: 'Parked' });
  const lines = events.map((event) => eventLine(event, 0, plain)?.slice(9));
  expect(lines).toEqual([
    undefined,
    '+0.0s    ✔ Extract',
    expect.stringMatching(/^\+1m30s +taken over .* from w1, term 4: its process is gone$/),
    expect.stringMatching(/^\+1m30s +parked .*, taken from w1, term 4: its process is gone$/),
  ]);
});

test('a table is aligned, cut to the terminal, and not cut for programs', () => {
  const rows = [{ name: 'a'.repeat(50), count: 7 }];
  const columns = [
    { title: 'NAME', text: (row: { name: string }) => row.name, gives: true },
    { title: 'COUNT', text: (row: { count: number }) => String(row.count), right: true },
  ];
  expect(table(rows, columns, plain, 20)).toEqual(['NAME           COUNT', `${'a'.repeat(12)}…      7`]);
  expect(table(rows, columns, plain)[1]).toBe(`${'a'.repeat(50)}      7`);
});

test('durations and moments read like a person says them', () => {
  expect([400, 59_949, 60_000, 125_000, 11_520_000, 360_000_000].map(duration)).toEqual([
    '0.4s',
    '59.9s',
    '1m00s',
    '2m05s',
    '3h12m',
    '4d04h',
  ]);
  const at = (ms: number) => ago(new Date(1_000_000_000 + ms).toISOString(), 1_000_000_000);
  expect([0, -5000, -180_000, 240_000].map(at)).toEqual(['just now', '5s ago', '3m ago', 'in 4m']);
});

test('a time expression is a sum of units, with or without its sign', () => {
  expect(['+30s', '30s', '+1m30s', '500ms', '+1h30m'].map(timeExpression)).toEqual([
    30_000, 30_000, 90_000, 500, 5_400_000,
  ]);
});

test('a redraw goes up over what it drew, and no line is wider than the terminal', () => {
  let written = '';
  const display = new LiveDisplay((text) => {
    written += text;
  });
  display.draw(['one', 'two'], 10);
  written = '';
  display.draw(['x'.repeat(20)], 10);
  expect(written).toBe(`\x1b[2A\r${'x'.repeat(10)}\x1b[K\n\x1b[0J`);
});
