import { expect } from 'vitest';
import { epoch } from '#engine/time';
import type { FlowId, RunId } from '#ports/ids';
import type { Beat, Command, Lease, Vote } from '#ports/lease';
import { evidence, incarnation, lease, T0 } from '#test/contract/samples';
import type { Suite } from '#test/contract/subject';

/** Leases: a beat is refused once it must be, a command comes once, condemning is final. */
export function leases(s: Suite): void {
  const beatOf = (of: Lease, beat: number, over: Partial<Beat> = {}): Beat => ({
    incarnation: of.incarnation,
    beat,
    progress: beat * 10,
    stalled: false,
    status: 'Connected',
    flows: [],
    now: epoch(T0 + beat),
    ...over,
  });
  const put = async (over: Partial<Lease> = {}): Promise<Lease> => {
    const made = lease(s, over);
    await s.subject.store.putLease(made);
    return made;
  };
  const read = ({ incarnation: of }: Lease) => s.subject.store.readLease(of);
  const condemn = (of: Lease, beat: number | undefined) =>
    s.subject.store.condemn(of.incarnation, beat, 'observer', evidence, T0);

  s.test('a lease reads back as it was put', async () => {
    const platform = {
      instanceId: 'i-0abc',
      taskArn: 'arn:aws:ecs:r:1:task/c/t',
      zone: 'r-1a',
      lifeCycle: 'spot',
    } as const;
    const health = 'http://10.0.0.4:8080/health';
    const full = await put({ status: 'Incompatible', reason: 'another window', platform, health, skewMs: -1_200 });
    expect(await read(full)).toEqual(full);
    const { process: _process, ...plain } = lease(s);
    await s.subject.store.putLease(plain);
    expect(await read(plain)).toEqual(plain);
    expect(await s.subject.store.readLease(incarnation(s))).toBeUndefined();
  });

  s.test('a census finds flows, and no lease or chart', async () => {
    const made = await put();
    await s.subject.store.beat(beatOf(made, 1));
    await s.subject.store.putChart(s.fresh('chart'), '{}', 'hash', T0);
    for (let cursor: string | undefined; ; ) {
      const page = await s.subject.store.census(T0, cursor);
      const flows = await s.subject.store.readFlows(page.items.map(({ id }) => id));
      expect(flows.map((flow) => flow?.id)).toEqual(page.items.map(({ id }) => id));
      if (page.cursor === undefined) break;
      cursor = page.cursor;
    }
  });

  s.test('a put that is repeated does not turn a beat back', async () => {
    const made = await put();
    await s.subject.store.beat(beatOf(made, 1));
    await s.subject.store.putLease(made);
    expect((await read(made))?.beat).toBe(1);
  });

  s.test('long lists of flows are read as the last beat named them, whatever came between', async () => {
    const made = await put();
    const many = (from: number) =>
      Array.from({ length: 120 }, (_, i) => ({ flow: `c:${crypto.randomUUID()}` as FlowId, term: from + i }));
    const lists = [many(1), many(500), [], many(900)];
    let beat = 0;
    const says = async (flows: Beat['flows']) => {
      expect(await s.subject.store.beat(beatOf(made, ++beat, { flows }))).toEqual([]);
      expect((await read(made))?.flows).toEqual(flows);
      const listed = (await s.subject.store.listLeases()).filter(({ incarnation: of }) => of === made.incarnation);
      expect(listed.map(({ flows: of }) => of)).toEqual([flows]);
    };
    for (const flows of lists) {
      await says(flows);
      await says(flows);
    }
    await condemn(made, undefined);
    expect(await s.subject.store.beat(beatOf(made, ++beat, { flows: many(2000) }))).toBeUndefined();
    expect(await s.subject.store.beat(beatOf(made, ++beat, { flows: many(3000) }))).toBeUndefined();
    expect((await read(made))?.flows).toEqual(lists.at(-1));
    await s.subject.store.dropLease(made.incarnation);
    expect(await read(made)).toBeUndefined();
    expect((await s.subject.store.listLeases()).some(({ incarnation: of }) => of === made.incarnation)).toBe(false);
  });

  s.test('a beat changes what it carries', async () => {
    const made = await put({ status: 'Incompatible', reason: 'another window' });
    const flows = [
      { flow: 'c:r' as FlowId, term: 4 },
      { flow: 'c:r/1.0' as FlowId, term: 2 },
    ];
    expect(await s.subject.store.beat(beatOf(made, 1, { flows, stalled: true, status: 'Draining' }))).toEqual([]);
    const { reason: _reason, ...rest } = made;
    const expected = { ...rest, beat: 1, progress: 10, stalled: true, status: 'Draining', flows, beatAt: T0 + 1 };
    expect(await read(made)).toEqual(expected);
    await s.subject.store.beat(beatOf(made, 2, { status: 'Incompatible', reason: 'again', skewMs: 700 }));
    expect(await read(made)).toMatchObject({
      skewMs: 700,
      beat: 2,
      status: 'Incompatible',
      reason: 'again',
      flows: [],
      stalled: false,
    });
    await s.subject.store.beat(beatOf(made, 3));
    expect(await read(made)).not.toHaveProperty('skewMs');
  });

  s.test('a beat that is not higher is refused', async () => {
    const made = await put();
    expect(await s.subject.store.beat(beatOf(made, 5))).toEqual([]);
    expect(await s.subject.store.beat(beatOf(made, 5, { progress: 99 }))).toBeUndefined();
    expect(await s.subject.store.beat(beatOf(made, 4, { progress: 99 }))).toBeUndefined();
    expect(await read(made)).toMatchObject({ beat: 5, progress: 50 });
  });

  s.test('a beat without a lease is refused and makes none', async () => {
    const none = lease(s);
    expect(await s.subject.store.beat(beatOf(none, 1))).toBeUndefined();
    expect(await read(none)).toBeUndefined();
  });

  s.test('a condemned lease never beats again (L11)', async () => {
    const made = await put();
    await s.subject.store.beat(beatOf(made, 3));
    expect(await condemn(made, 3)).toBe(true);
    expect(await s.subject.store.beat(beatOf(made, 4))).toBeUndefined();
    const condemned = { by: 'observer', evidence, at: T0 };
    expect(await read(made)).toMatchObject({ beat: 3, status: 'Condemned', condemned });
  });

  s.test('condemning at a beat that was passed is refused', async () => {
    const made = await put();
    await s.subject.store.beat(beatOf(made, 2));
    expect(await condemn(made, 1)).toBe(false);
    const found = await read(made);
    expect(found?.condemned).toBeUndefined();
    expect(await s.subject.store.beat(beatOf(made, 3))).toEqual([]);
  });

  s.test('condemning whatever the beat is', async () => {
    const made = await put();
    await s.subject.store.beat(beatOf(made, 2));
    expect(await condemn(made, undefined)).toBe(true);
    expect(await s.subject.store.beat(beatOf(made, 3))).toBeUndefined();
  });

  s.test('condemning twice says that it is condemned, and the first one stays', async () => {
    const made = await put();
    expect(await condemn(made, 0)).toBe(true);
    const first = await read(made);
    expect(
      await s.subject.store.condemn(made.incarnation, 0, 'another', { kind: 'process', text: 'gone' }, epoch(T0 + 9)),
    ).toBe(true);
    expect(await read(made)).toEqual(first);
  });

  s.test('condemning what has no lease says no', async () => {
    const none = lease(s);
    expect(await condemn(none, undefined)).toBe(false);
    expect(await read(none)).toBeUndefined();
  });

  s.test('votes stand with the lease, one of a kind, each at the beat that was seen', async () => {
    const made = await put();
    await s.subject.store.beat(beatOf(made, 2));
    const voteOf = (kind: Vote['kind'], beat: number, text = kind as string): Vote => {
      return { kind, by: 'observer', text, at: epoch(T0 + beat), beat };
    };
    const say = (vote: Vote) => s.subject.store.vote(made.incarnation, vote);
    expect(await say(voteOf('event', 1))).toBeUndefined();
    expect(await say(voteOf('event', 2))).toEqual([voteOf('event', 2)]);
    expect(await Promise.all([say(voteOf('event', 2, 'again')), say(voteOf('answer', 2))])).toHaveLength(2);
    const both = [voteOf('answer', 2), voteOf('event', 2, 'again')];
    expect((await read(made))?.votes).toEqual(both);
    expect(
      (await s.subject.store.watchedLeases()).find(({ incarnation: of }) => of === made.incarnation)?.votes,
    ).toEqual(both);
    await s.subject.store.beat(beatOf(made, 3));
    expect(await say(voteOf('event', 3))).toEqual([both[0], voteOf('event', 3)]);
    await condemn(made, 3);
    expect(await say(voteOf('answer', 3))).toBeUndefined();
    expect((await read(made))?.votes).toEqual([both[0], voteOf('event', 3)]);
    expect(await s.subject.store.vote(incarnation(s), voteOf('event', 0))).toBeUndefined();
    const voted = lease(s, { votes: both });
    await s.subject.store.putLease(voted);
    expect(await read(voted)).toEqual(voted);
  });

  s.test('commands come with the next beat, once', async () => {
    const made = await put();
    const cancel: Command = { verb: 'cancel', flow: 'c:r' as FlowId, run: 'c:r' as RunId };
    await s.subject.store.command(made.incarnation, cancel);
    await s.subject.store.command(made.incarnation, { verb: 'drain' });
    expect((await read(made))?.commands).toEqual([cancel, { verb: 'drain' }]);
    expect(await s.subject.store.beat(beatOf(made, 1))).toEqual([cancel, { verb: 'drain' }]);
    expect(await s.subject.store.beat(beatOf(made, 2))).toEqual([]);
  });

  s.test('the same command twice is one', async () => {
    const made = await put();
    const cancel: Command = { verb: 'cancel', flow: 'c:r' as FlowId };
    await s.subject.store.command(made.incarnation, cancel);
    await s.subject.store.command(made.incarnation, cancel);
    expect(await s.subject.store.beat(beatOf(made, 1))).toEqual([cancel]);
  });

  s.test('a command to a lease that is condemned or gone does nothing', async () => {
    const made = await put();
    await condemn(made, undefined);
    await s.subject.store.command(made.incarnation, { verb: 'drain' });
    expect((await read(made))?.commands).toEqual([]);
    const none = incarnation(s);
    await s.subject.store.command(none, { verb: 'drain' });
    expect(await s.subject.store.readLease(none)).toBeUndefined();
  });

  s.test('a dropped lease is gone, and does not beat (rule O)', async () => {
    const made = await put();
    await s.subject.store.dropLease(made.incarnation);
    await s.subject.store.dropLease(made.incarnation);
    expect(await read(made)).toBeUndefined();
    expect(await s.subject.store.beat(beatOf(made, 1))).toBeUndefined();
    expect(await read(made)).toBeUndefined();
  });

  s.test('the list holds every lease', async () => {
    const made = [await put(), await put(), await put()];
    await condemn(made[1]!, undefined);
    const listed = await s.subject.store.listLeases();
    for (const one of made) expect(listed).toContainEqual(await read(one));
    const watched = await s.subject.store.watchedLeases();
    for (const one of made) {
      const { flows: _flows, ...rest } = (await read(one))!;
      expect(watched).toContainEqual(expect.objectContaining(rest));
    }
  });

  s.test('a long list of held flows survives', async () => {
    const made = await put();
    const flows = Array.from({ length: 2_000 }, (_, i) => ({ flow: `chart:run-${i}` as FlowId, term: i }));
    expect(await s.subject.store.beat(beatOf(made, 1, { flows }))).toEqual([]);
    expect((await read(made))?.flows).toEqual(flows);
  });
}
