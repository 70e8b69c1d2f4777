import { expect, test } from 'vitest';
import { epoch } from '#engine/time';
import { createApi } from '#http/app';
import { runId } from '#ports/ids';
import type { HistoryEvent } from '#scheduler/operations';
import { runningRun, StubOperations } from '../http/stub-operations.ts';
import { commandLine } from './command-line.ts';

const run = runId('report', 'monday');

/** A run with a Map of `branches`, whose history grows by a page with each look. */
function growingRun(branches: number) {
  const operations = new StubOperations();
  const events: HistoryEvent[] = [];
  const add = (flow: string, type: string, details: object = {}) => {
    const id = events.length + 1;
    events.push({ id, previousEventId: id - 1, timestamp: epoch(id), type, flow: flow as never, ...details });
  };
  const step = (flow: string, type: string, name: string) =>
    add(flow, type, { [type.endsWith('Entered') ? 'stateEnteredEventDetails' : 'stateExitedEventDetails']: { name } });
  step(run, 'MapStateEntered', 'Packets');
  add(run, 'MapStateStarted', { mapStateStartedEventDetails: { length: branches } });
  for (let index = 0; index < branches; index++) {
    const flow = `${run}/1.${index}`;
    step(flow, 'TaskStateEntered', 'Measure');
    step(flow, 'TaskStateExited', 'Measure');
    add(flow, 'MapIterationSucceeded');
  }
  step(run, 'MapStateExited', 'Packets');
  operations.history = async (_run, { cursor = '0', limit }: { cursor?: string; limit: number }) => {
    const from = Number(cursor);
    return { events: events.slice(from, from + limit) as never, cursor: String(Math.min(events.length, from + limit)) };
  };
  operations.runs.set(run, { ...runningRun(run), status: 'Succeeded', endedAt: epoch(5000) });
  return { operations, events };
}

const fetchOf = (operations: StubOperations) => {
  const api = createApi(operations, { version: '1', health: () => ({ status: 'ok' }) });
  return (url: string, init: RequestInit) => api.fetch(new Request(url, init));
};

test('a long history is read to its end, and a state that many branches enter is one line', async () => {
  const { operations, events } = growingRun(700);
  const { run: cli } = commandLine({ fetch: fetchOf(operations) });
  const { exit, out } = await cli('runs', 'watch', run);
  expect(exit).toBe(0);
  expect(out.match(/ ✔ Measure \[/g)).toHaveLength(1);
  expect(out).toContain('700/700');
  const json = await cli('runs', 'watch', run, '--json');
  expect(json.out.trim().split('\n')).toHaveLength(events.length + 1);
});

test('history --limit stops there, and without it every event is printed', async () => {
  const { operations, events } = growingRun(700);
  const { run: cli } = commandLine({ fetch: fetchOf(operations) });
  const lines = async (...options: string[]) =>
    (await cli('runs', 'history', run, '--json', ...options)).out.trim().split('\n').length;
  expect(await lines()).toBe(events.length);
  expect(await lines('--limit', '7')).toBe(7);
});

test('a server that restarts is waited for: the run goes on behind it', async () => {
  const { operations } = growingRun(1);
  operations.runs.set(run, runningRun(run));
  const answer = fetchOf(operations);
  let calls = 0;
  const { run: cli } = commandLine({
    fetch: async (url, init) => {
      calls++;
      if (calls === 3) throw new TypeError('fetch failed');
      if (calls > 3) operations.runs.set(run, { ...runningRun(run), status: 'Succeeded', endedAt: epoch(5000) });
      return answer(url, init);
    },
  });
  const { exit, err } = await cli('runs', 'watch', run);
  expect(exit).toBe(0);
  expect(err).toContain('Trying again');
});

test('what is parked is told once, with why and with what lets it go on', async () => {
  const { operations } = growingRun(1);
  const [flow] = runningRun(run).flows;
  const takenOver = {
    from: 'w1-1',
    fromWorker: 'w1',
    by: 'w2-1',
    evidence: { kind: 'process', text: 'Its process is\x1b gone.' },
    status: 'Parked',
    oldTerm: 2,
    term: 3,
    fromBreak: 1,
    at: 'Extract',
    when: epoch(2),
  } as const;
  const parked = { ...flow!, status: 'Parked', term: 3, takenOver: takenOver as never } as const;
  operations.runs.set(run, { ...runningRun(run), status: 'Parked', flows: [parked], flowCounts: { Parked: 1 } });
  const why =
    'at "Extract": its chart says failover: off. Taken from w1: Its process is\\x1b gone. To let it go on: flowbeat runs redrive report:monday';
  const { run: show } = commandLine({ fetch: fetchOf(operations) });
  const { out } = await show('runs', 'show', run);
  expect(out).toContain(`parked   ${why}`);
  expect(out).toContain('parked when taken from w1: Its process is\\x1b gone.');

  const answer = fetchOf(operations);
  let looks = 0;
  const { run: watch } = commandLine({
    fetch: async (url, init) => {
      const isRun = url.includes('wait=');
      if (isRun && ++looks === 3)
        operations.runs.set(run, { ...runningRun(run), status: 'Succeeded', endedAt: epoch(5) });
      return answer(isRun ? url.replace(/wait=\d+/, 'wait=0') : url, init);
    },
  });
  const watched = (await watch('runs', 'watch', run)).out;
  expect(watched.split(`parked ${why}`)).toHaveLength(2);
  // The moment is that of parking, not of watching.
  expect(watched).toMatch(/\+0\.0s +parked/);
});

test('a server that was never there is not waited for', async () => {
  const { run: cli } = commandLine({ fetch: () => Promise.reject(new TypeError('fetch failed')) });
  expect((await cli('runs', 'watch', run)).exit).toBe(3);
});

test('events of several flows that come late are told once, whatever their numbers are by then', async () => {
  const event = (flow: string, type: string) => ({ flow, type, timestamp: epoch(1) });
  const early = [event(run, 'a'), event(`${run}/1.1`, 'b'), event(`${run}/1.1`, 'c')];
  const late = [
    event(run, 'a'),
    event(`${run}/1.0`, 'd'),
    event(`${run}/1.1`, 'b'),
    event(`${run}/1.1`, 'c'),
    event(run, 'e'),
  ];
  const { operations } = growingRun(1);
  const running = { ...runningRun(run), flowCounts: { Owned: 3 } };
  let looks = 0;
  operations.history = async () => {
    const events = (looks++ === 0 ? early : late).map((one, index) => ({
      ...one,
      id: index + 1,
      previousEventId: index,
    }));
    operations.runs.set(run, { ...running, status: 'Succeeded', endedAt: epoch(5) });
    return { events: events as never, cursor: '' };
  };
  operations.runs.set(run, running);
  const { run: cli } = commandLine({ fetch: fetchOf(operations) });
  const { out } = await cli('runs', 'watch', run, '--json');
  const types = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).event?.type);
  expect(types).toEqual(['a', 'b', 'c', 'd', 'e', undefined]);
});
