import type { Json } from '#engine/json';
import { heartbeatTask } from '#scheduler/callbacks';
import type { State } from '#test/sim/cases';
import { client } from '#test/sim/clients';
import { type Feature, redefine } from '#test/sim/features/feature';
import { afterOf, asks, tasksOf } from '#test/sim/machines';
import type { Stage } from '#test/sim/stage';
import type { Random } from '#test/support/random';

/** `TimeoutSeconds` of Tasks and of waits for a token, `HeartbeatSeconds` of the latter, and somebody who beats: steadily, a few times, or never. */
export const timeouts: Feature = {
  odds: 0.35,
  cases: (cases, random) =>
    redefine(cases, ({ definition }) => {
      for (const { name, task, activity, machine } of tasksOf(definition)) {
        const limits = limitsOf(activity, task, random);
        if (limits) Object.assign(task, limits, handling(name, task, machine.States, random));
      }
      return undefined;
    }),
  setUp: (stage, random) => {
    stage.onAsked.push((token) => {
      const beats = random.pick([0, 0, 2, 5, 30]);
      beat(stage, random, token, beats, random.pick([300, 900, 2_500]));
    });
  },
};

function limitsOf(activity: string, task: State, random: Random): State | undefined {
  const isQuestion = String(task.Resource).endsWith('.waitForTaskToken');
  if (!isQuestion) {
    if (!random.chance(activity === 'slow' ? 0.8 : activity === 'add' ? 0.3 : 0)) return undefined;
    return { TimeoutSeconds: random.pick([1, 2, 5]) };
  }
  if (!random.chance(0.8)) return undefined;
  const kind = random.pick(['timeout', 'heartbeat', 'both']);
  return {
    ...(activity === 'ask' && random.chance(0.4) && asks('mute')),
    ...(kind !== 'heartbeat' && { TimeoutSeconds: random.pick([3, 8, 20]) }),
    ...(kind !== 'timeout' && { HeartbeatSeconds: random.pick([1, 2]) }),
  };
}

/** What a state does about a time-out: nothing, so that the run fails; try again; catch it. */
function handling(name: string, task: State, states: Record<string, State>, random: Random): State {
  const how = random.pick(['none', 'retry', 'catch', 'catch', 'both']);
  const retry = { ErrorEquals: ['States.Timeout'], IntervalSeconds: 1, MaxAttempts: 2, BackoffRate: 1 };
  const late = `late-${name}`;
  if (how === 'catch' || how === 'both')
    states[late] = { Type: 'Pass', Parameters: { 'n.$': 'States.MathAdd($.n, 1000)' }, ...afterOf(task) };
  return {
    ...((how === 'retry' || how === 'both') && { Retry: [retry] }),
    ...(late in states && {
      Catch: [
        ...((task.Catch as readonly Json[] | undefined) ?? []),
        { ErrorEquals: ['States.Timeout'], ResultPath: '$.error', Next: late },
      ],
    }),
  };
}

/** One sign of life after the other, until the wait is over. */
function beat(stage: Stage, random: Random, token: string, left: number, everyMs: number): void {
  if (left === 0) return;
  stage.world.at(stage.world.now + random.between(everyMs / 2, everyMs), () =>
    client(stage, 'beater', (s) => heartbeatTask(s, token), {
      random,
      answered: () => {
        stage.count(stage.transitions, 'beaten');
        beat(stage, random, token, left - 1, everyMs);
      },
    }),
  );
}
