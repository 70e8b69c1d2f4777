import { expect, test } from 'vitest';
import { oneTask, TestServer } from '#test/embedded/server';

const WINDOW_MS = 600;

test('a handler that blocks for two windows costs its worker nothing: the thread beats on, and the worker hears of it first', async () => {
  // Long enough that a busy machine, which keeps the thread itself waiting, does not look like a lost lease.
  const windowMs = 3_000;
  const block = () => {
    const until = performance.now() + 2 * windowMs;
    while (performance.now() < until);
    return process.pid;
  };
  await using t = await TestServer.start({ worker: { handlers: { block }, windowMs } });
  const run = await t.run('block', oneTask('block'));
  const { outcome, flows } = await t.ended(run);
  expect(outcome).toEqual({ status: 'Succeeded', output: process.pid });
  // One claim and one end: term 1 is the start's.
  expect(flows[0]?.term).toBe(3);
  expect(t.told.filter(({ name }) => name === 'leaseLost')).toEqual([]);
  const [worker] = await t.server.operations.listWorkers();
  expect(worker?.lease.beat).toBeGreaterThan(0);
});

test('L11: a worker whose lease is condemned aborts its handlers and starts over as a new incarnation', async () => {
  const aborted = Promise.withResolvers<string>();
  let calls = 0;
  const slow = async (_: unknown, { signal }: { signal: AbortSignal }) => {
    if (++calls > 1) return 'again';
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    aborted.resolve(String(signal.reason));
    throw signal.reason;
  };
  await using t = await TestServer.start({ worker: { handlers: { slow }, windowMs: WINDOW_MS } });
  const run = await t.run('slow', oneTask('slow'));
  const { fields } = await t.event(({ name }) => name === 'claimed');
  const [worker] = await t.server.operations.listWorkers();
  expect(worker?.lease.worker).toBe(fields.worker);
  const { connect } = await import('#adapters/sqlite/connection');
  const db = await connect({ file: t.file });
  const condemned = JSON.stringify({ by: 'test', evidence: { kind: 'silence', text: 'a test' }, at: 0 });
  db.prepare('UPDATE leases SET condemned = ?').run(condemned);
  db.close();
  await aborted.promise;
  const { outcome, flows } = await t.ended(run);
  expect(outcome).toEqual({ status: 'Succeeded', output: 'again' });
  expect(flows[0]?.term).toBe(5);
  const taken = (await t.history(run)).find(({ type }) => type === 'FlowTakenOver');
  expect(taken?.flowTakenOverEventDetails).toMatchObject({
    from: worker?.lease.incarnation,
    fromBreak: 0,
    oldTerm: 2,
    term: 3,
  });
});
