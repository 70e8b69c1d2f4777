import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ActivityContext } from '#sdk/activity';
import { type Emulators, openEmulators } from '#test/support/emulators/emulators';
import { FunctionRun, type Going } from '#test/support/function-run';
import { CallCount } from '#test/support/lost-calls';

/** How many installations are worked at a time. */
const AT_A_TIME = 12;

const task = (activity: string, more: object = { End: true }) => ({
  Type: 'Task',
  Resource: `activity:${activity}`,
  ...more,
});

const CHART = JSON.stringify({
  name: 'cut',
  definition: {
    StartAt: 'First',
    States: {
      First: task('add', { Next: 'Which' }),
      Which: { Type: 'Choice', Choices: [{ Variable: '$.n', NumericEquals: 1, Next: 'Both' }], Default: 'Wrong' },
      Wrong: { Type: 'Fail', Error: 'Wrong' },
      Both: {
        Type: 'Parallel',
        Branches: [
          { StartAt: 'Left', States: { Left: task('add') } },
          { StartAt: 'Pass', States: { Pass: { Type: 'Pass', Next: 'Right' }, Right: task('add') } },
        ],
        OutputPath: '$[1]',
        Next: 'Last',
      },
      Last: task('add'),
    },
  },
});

/** Of what a run does: First, Left, Right, Last. */
const ACTIONS = 4;

let emulators: Emulators;

beforeAll(async () => {
  emulators = await openEmulators();
  await new FunctionRun(emulators, 'charts', {}, {}).operations.putChart(CHART);
});
afterAll(() => emulators.close());

/** Runs the chart in an installation of its own: how it ended, and how often each action was run. */
async function go(name: string, going: Going) {
  const times = new Map<string, number>();
  const add = ({ n }: { n: number }, { idempotencyKey }: ActivityContext) => {
    times.set(idempotencyKey, (times.get(idempotencyKey) ?? 0) + 1);
    return { n: n + 1 };
  };
  const installation = new FunctionRun(emulators, name, { add }, going);
  const ended = await installation.run('cut', name, { n: 0 });
  return { ...ended, times: [...times.values()], deaths: installation.deaths };
}

const SUCCEEDED = { status: 'Succeeded', output: { n: 3 } };

test('a function that dies at any call to store or queue: the run goes on when its time is over, and ends as it would have', async () => {
  const whole = new CallCount();
  expect(await go('whole', { count: whole })).toEqual({
    outcome: SUCCEEDED,
    times: [1, 1, 1, 1],
    takeOvers: 0,
    deaths: 0,
  });
  // Of ten fenced writes and their reads and messages: what is cut below is a run, and not its first steps.
  expect(whole.calls).toBeGreaterThan(40);
  const fatal = Array.from({ length: whole.calls }, (_, n) => n + 1);
  let deaths = 0;
  let takeOvers = 0;
  let repeated = 0;
  const one = async () => {
    for (let n = fatal.shift(); n !== undefined; n = fatal.shift()) {
      const came = await go(`cut${n}`, { count: new CallCount(n) });
      expect(came.outcome, `cut at call ${n}`).toEqual(SUCCEEDED);
      expect(came.times, `cut at call ${n}`).toHaveLength(ACTIONS);
      // A death repeats at most the actions that it cut short: of two flows side by side each has one.
      const again = came.times.filter((count) => count > 1);
      expect(again.length, `cut at call ${n}`).toBeLessThanOrEqual(2);
      for (const count of again) expect(count, `cut at call ${n}`).toBe(2);
      deaths += came.deaths;
      takeOvers += came.takeOvers;
      repeated += again.length;
      // How many calls there are depends on which of two messages comes first: the last ones may not be reached.
      expect(came.deaths, `cut at call ${n}`).toBeLessThanOrEqual(1);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, one));
  expect(deaths).toBeGreaterThan(whole.calls / 2);
  expect(takeOvers).toBeGreaterThan(0);
  expect(repeated).toBeGreaterThan(0);
}, 600_000);

test('two functions that are called with the same messages at once run each action once', async () => {
  expect(await go('twice', { copies: 2 })).toEqual({
    outcome: SUCCEEDED,
    times: [1, 1, 1, 1],
    takeOvers: 0,
    deaths: 0,
  });
});
