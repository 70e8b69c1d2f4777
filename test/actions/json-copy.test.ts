import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonCopy } from '#actions/json-copy';

describe('jsonCopy', () => {
  it('is what stringify and parse make of any JSON value, and of what is nearly one', () => {
    const nearly = fc.anything({ withDate: true, withSparseArray: true, withNullPrototype: true });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), nearly), (value) => {
        const text = JSON.stringify(value);
        expect(jsonCopy(value)).toEqual(text === undefined ? null : JSON.parse(text));
      }),
    );
  });

  it('shares nothing with its source', () => {
    const source = { a: [{ b: 1 }] };
    const copy = jsonCopy(source) as typeof source;
    expect(copy).toEqual(source);
    expect(copy.a).not.toBe(source.a);
    expect(copy.a[0]).not.toBe(source.a[0]);
  });

  it('keeps a member named __proto__ a member', () => {
    const source = JSON.parse('{"__proto__": {"admin": true}}');
    expect(JSON.stringify(jsonCopy(source))).toBe('{"__proto__":{"admin":true}}');
  });

  it('throws at a cycle and a bigint, and copes with depth', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(() => jsonCopy(cycle)).toThrow(TypeError);
    expect(() => jsonCopy({ n: 1n })).toThrow(TypeError);
    let deep: unknown = 1;
    for (let i = 0; i < 1_000; i++) deep = [deep];
    expect(JSON.stringify(jsonCopy(deep))).toHaveLength(2_001);
  });
});
