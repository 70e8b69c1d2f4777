import { expect, test } from 'vitest';
import { epoch } from '#engine/time';
import { announcingTelemetry } from '#workers/announce';

test('of a line about a take-over `at` is left to the time; the state and the moment have names of their own', () => {
  const told: unknown[] = [];
  const telemetry = announcingTelemetry((event, _text, fields) => told.push([event, fields]));
  telemetry.event('takenOver', { flow: 'a:b', fromWorker: 'w', term: 2, at: 'Second', when: epoch(0) });
  telemetry.event('condemned', { worker: 'w', evidence: 'silence' });
  expect(told).toEqual([
    ['takenOver', { flow: 'a:b', fromWorker: 'w', term: 2, state: 'Second', when: '1970-01-01T00:00:00.000Z' }],
    ['condemned', { worker: 'w', evidence: 'silence' }],
  ]);
});
