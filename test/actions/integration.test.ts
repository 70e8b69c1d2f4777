import { describe, expect, it } from 'vitest';
import { createActionRunner } from '#actions/action-runner';
import type { IntegrationCall, IntegrationOutcome } from '#ports/integrations';
import { ManualClock, TestCall } from '#test/actions/support/calls';

/** Runs one call of a service that answers with `answer`. */
function service(answer: (call: IntegrationCall) => Promise<IntegrationOutcome>) {
  const clock = new ManualClock();
  const calls: IntegrationCall[] = [];
  const call = (one: IntegrationCall) => {
    calls.push(one);
    return answer(one);
  };
  const runner = createActionRunner({ activities: {}, clock, integrations: { call } });
  const resource = { kind: 'integration', name: 'sqs:sendMessage', text: 'arn:aws:states:::sqs:sendMessage' } as const;
  const run = (more: object = {}) => {
    const action = Object.assign(new TestCall('sqs:sendMessage', { a: 1 }, more), { resource, ...more });
    return { action, outcome: runner.run(action) };
  };
  return { clock, calls, run };
}

const never = () => new Promise<never>(() => {});

describe('the call of a service', () => {
  it('gives the service name, input and key, and its output as the result', async () => {
    const { calls, run } = service(() => Promise.resolve({ ok: true, output: { MessageId: '1' } }));
    expect(await run().outcome).toEqual({ ok: true, output: { MessageId: '1' } });
    expect(calls[0]).toMatchObject({ resource: 'sqs:sendMessage', input: { a: 1 }, idempotencyKey: 'chart:run#3' });
  });

  it('where the Task waits for an answer, each attempt has a key of its own', async () => {
    const { calls, run } = service(() => Promise.resolve({ ok: true, output: null }));
    await run({ token: 'T', attempt: 2 }).outcome;
    expect(calls[0]).toMatchObject({ token: 'T', idempotencyKey: 'chart:run#3#2' });
  });

  it("fails with the service's error", async () => {
    const { run } = service(() => Promise.resolve({ ok: false, error: 'SQS.AmazonSQSException', cause: 'no' }));
    expect(await run().outcome).toEqual({ ok: false, error: 'SQS.AmazonSQSException', cause: 'no' });
  });

  it('is aborted at its time-out, and its late answer is dropped', async () => {
    const { clock, calls, run } = service(never);
    const { outcome } = run({ timeoutMs: 5_000 });
    clock.advance(5_000);
    expect(await outcome).toMatchObject({ ok: false, error: 'States.Timeout' });
    expect(calls[0]?.signal.aborted).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('is aborted when the worker must not act any more', async () => {
    const { calls, run } = service(never);
    const { action, outcome } = run();
    action.controller.abort();
    expect(await outcome).toMatchObject({ ok: false, error: 'Flowbeat.Aborted' });
    expect(calls[0]?.signal.aborted).toBe(true);
  });

  it('a fault of ours is an outcome too', async () => {
    const { run } = service(() => Promise.reject(new TypeError('a bug')));
    expect(await run().outcome).toMatchObject({
      ok: false,
      error: 'Flowbeat.IntegrationFailed',
      cause: expect.stringContaining('a bug'),
    });
  });
});
