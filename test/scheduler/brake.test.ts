import { expect, test } from 'vitest';
import { type FlowId, functionOwner, type Incarnation } from '#ports/ids';
import { setBrake } from '#scheduler/brake';
import { census } from '#scheduler/census';
import { claim } from '#scheduler/claim';
import { examine } from '#scheduler/receive';
import { always, instance, type Scene, scene, WINDOW_MS } from '#test/scheduler/sweeper/scene';

/** Receives the message of the only flow there is, as another worker. */
async function receiveAsOther({ s, queue, clock }: Scene) {
  // Its claimer's receipt ran out, whatever it was put off to.
  await clock.advance(60_000);
  const [received] = await queue.receive({ queues: ['default'], max: 1, waitMs: 0, visibilityMs: 1_000 });
  return examine(s, received!, 'other-1');
}

const CONDEMNED = { kind: 'silence', text: 'Half the network.' } as const;

test.each([
  ['condemned', (it: Scene, who: Incarnation) => it.store.condemn(who, undefined, 'test', CONDEMNED, it.clock.now())],
  ['missing', (it: Scene, who: Incarnation) => it.store.dropLease(who)],
] as const)(
  'the brake keeps a receiver and the census from taking over from a lease that is %s',
  async (_what, lose) => {
    const it = scene();
    await lose(it, await it.worker('w', ['r']));
    await setBrake(it.s, 'Is it the network?');
    expect(await receiveAsOther(it)).toMatchObject({ do: 'later', why: 'braked' });
    expect(await census(it.s, WINDOW_MS, 'controller')).toMatchObject({ owned: 0 });
    expect(it.statuses()).toEqual(['Owned']);
    expect(it.told('braked')).toContainEqual({ by: 'other-1', reason: 'Is it the network?' });
    await setBrake(it.s, undefined);
    expect(await receiveAsOther(it)).toMatchObject({ do: 'later', why: 'takenOver' });
    expect(it.statuses()).toEqual(['Queued']);
  },
);

test('the brake does not keep the flow of a function whose time is up: that is no judgement', async () => {
  const it = scene();
  const { run } = await it.start('r');
  const owner = functionOwner('executor', 'call', it.clock.now());
  const who = { incarnation: owner, worker: 'executor', signal: new AbortController().signal };
  await claim(it.s, it.store.flows.get(run as string as FlowId)!, who);
  await setBrake(it.s, 'Is it the network?');
  await instance(it.s).sweep(undefined, always);
  expect(await receiveAsOther(it)).toMatchObject({ do: 'later', why: 'takenOver' });
  expect(it.told('takenOver')).toMatchObject([{ evidence: 'deadline' }]);
});
