import { describe, expect, expectTypeOf, it } from 'vitest';
import { type InputOf, isDefined, type OutputOf } from '#sdk/define-activities';
import { type ActivityContext, ActivityError, defineActivities } from '#sdk/worker';

interface Order {
  readonly id: string;
}

const activities = defineActivities({
  price: async (order: Order, { log }) => {
    log(order.id);
    return 12;
  },
  render: { handler: (pages: string[]) => ({ count: pages.length }), isolate: 'thread' },
  tick: () => undefined,
});

describe('defineActivities', () => {
  it('keeps what handlers take and give', () => {
    expectTypeOf<InputOf<typeof activities, 'price'>>().toEqualTypeOf<Order>();
    expectTypeOf<OutputOf<typeof activities, 'price'>>().toEqualTypeOf<number>();
    expectTypeOf<InputOf<typeof activities, 'render'>>().toEqualTypeOf<string[]>();
    expectTypeOf<OutputOf<typeof activities, 'render'>>().toEqualTypeOf<{ count: number }>();
    expectTypeOf<Parameters<typeof activities.price>[1]>().toEqualTypeOf<ActivityContext>();
    expect(activities.render.handler(['a'])).toEqual({ count: 1 });
  });

  it('marks its result, so that a default export of it is known', () => {
    expect(isDefined(activities)).toBe(true);
    expect(isDefined({ ...activities, tick: undefined })).toBe(false);
    expect(Object.keys(activities)).toEqual(['price', 'render', 'tick']);
  });

  it.each([
    ['a name with a blank', { 'two words': () => 1 }, /"two words" cannot name/],
    ['the name of the resource', { exec: () => 1 }, /"exec" is the resource/],
    ['a value', { five: 5 }, /"five" is neither/],
    ['an unknown setting', { a: { handler: String, isolated: true } }, /unknown setting "isolated"/],
    ['an unknown isolation', { a: { handler: String, isolate: 'fiber' } }, /isolate: "fiber"/],
  ])('refuses %s', (_, wrong, message) => {
    expect(() => defineActivities(wrong as never)).toThrow(message);
  });
});

describe('ActivityError', () => {
  it('has the name that a chart matches; its cause is text or JSON text', () => {
    const error = new ActivityError('Card.Declined', { code: 51 });
    expect(error).toMatchObject({ name: 'Card.Declined', details: '{"code":51}', message: '{"code":51}' });
    expect(new ActivityError('A').details).toBeUndefined();
    expect(ActivityError.is(error)).toBe(true);
    expect(ActivityError.is(new Error('x'))).toBe(false);
    const ofAnotherCopy = Object.assign(new Error('x'), { error: 'A', details: undefined });
    expect(ActivityError.is(ofAnotherCopy)).toBe(true);
  });
});
