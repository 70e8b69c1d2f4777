import type { Json, JsonObject } from '#engine/json';
import type { Random } from '#test/support/random';

/** A chart to simulate, and what is done to its run from outside. */
export interface Case {
  readonly name: string;
  readonly definition: JsonObject;
  readonly breaks?: readonly string[];
  readonly input: Json;
  /** When the run is started, and when it is cancelled, in virtual milliseconds. */
  readonly startAt: number;
  readonly cancelAt?: number;
}

interface Sequence {
  readonly states: Record<string, Json>;
  readonly first: string;
}

/** Activities that the simulated workers run; a name says what the handler does. */
export const ACTIVITIES = ['add', 'flaky', 'fatal', 'slow', 'ask', 'refuse', 'poison'] as const;

class Generator {
  readonly #random: Random;
  #count = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  name(kind: string): string {
    this.#count += 1;
    return `${kind}${this.#count}`;
  }

  /** A chain of states over a payload `{ n }`; the last one ends the (branch of the) chart. */
  sequence(depth: number, length: number): Sequence {
    const states: Record<string, Json> = {};
    let next: string | undefined;
    for (let i = 0; i < length; i++) next = this.#prepend(states, depth, next);
    return { states, first: next! };
  }

  #prepend(states: Record<string, Json>, depth: number, next: string | undefined): string {
    const after = next === undefined ? { End: true } : { Next: next };
    const kinds = ['add', 'add', 'pass', 'flaky', 'fatal', 'wait', 'wait', 'ask', 'refuse', 'slow', 'loop', 'choice'];
    if (this.#random.chance(0.12)) kinds.splice(0, kinds.length, 'poison');
    if (depth > 0) kinds.push('parallel', 'parallel', 'map', 'map', 'tryParallel', 'tryParallel');
    const kind = this.#random.pick(kinds);
    const name = this.name(kind);
    const retry = [{ ErrorEquals: ['Flaky'], IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 1.5 }];
    switch (kind) {
      case 'pass':
        states[name] = { Type: 'Pass', Parameters: { 'n.$': 'States.MathAdd($.n, 10)' }, ...after };
        return name;
      case 'flaky':
        states[name] = { Type: 'Task', Resource: 'activity:flaky', Retry: retry, ...after };
        return name;
      case 'fatal': {
        const caught = this.name('caught');
        states[caught] = { Type: 'Pass', Parameters: { 'n.$': '$.n' }, ...after };
        states[name] = {
          Type: 'Task',
          Resource: 'activity:fatal',
          Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: caught }],
          ...after,
        };
        return name;
      }
      case 'wait':
        states[name] = { Type: 'Wait', Seconds: this.#random.pick([0, 1, 1, 2, 5, 40]), ...after };
        return name;
      case 'ask':
        states[name] = {
          Type: 'Task',
          Resource: 'activity:ask.waitForTaskToken',
          Parameters: { 'n.$': '$.n', 'token.$': '$$.Task.Token' },
          ...after,
        };
        return name;
      case 'refuse': {
        const caught = this.name('caught');
        states[caught] = { Type: 'Pass', Parameters: { 'n.$': '$.n' }, ...after };
        states[name] = {
          Type: 'Task',
          Resource: 'activity:refuse.waitForTaskToken',
          Parameters: { 'n.$': '$.n', 'token.$': '$$.Task.Token' },
          Catch: [{ ErrorEquals: ['Refused'], ResultPath: '$.error', Next: caught }],
          ...after,
        };
        return name;
      }
      case 'loop': {
        const body = this.name('add');
        const done = this.name('pass');
        states[done] = { Type: 'Pass', Parameters: { 'n.$': '$.n' }, ...after };
        states[body] = { Type: 'Task', Resource: 'activity:add', ResultPath: '$.r', Next: this.name('count') };
        const count = `count${this.#count}`;
        states[count] = {
          Type: 'Pass',
          Parameters: { 'n.$': '$.r.n', 'i.$': 'States.MathAdd($.i, 1)' },
          Next: `${name}.test`,
        };
        states[`${name}.test`] = {
          Type: 'Choice',
          Choices: [{ Variable: '$.i', NumericLessThan: this.#random.between(1, 3), Next: body }],
          Default: done,
        };
        states[name] = { Type: 'Pass', Parameters: { 'n.$': '$.n', i: 0 }, Next: `${name}.test` };
        return name;
      }
      case 'choice': {
        const odd = this.name('add');
        const even = this.name('pass');
        states[odd] = { Type: 'Task', Resource: 'activity:add', ...after };
        states[even] = { Type: 'Pass', ...after };
        states[name] = {
          Type: 'Choice',
          Choices: [{ Variable: '$.n', NumericGreaterThan: 5, Next: odd }],
          Default: even,
        };
        return name;
      }
      case 'parallel':
      case 'tryParallel': {
        const fails = kind === 'tryParallel';
        const branches = Array.from({ length: this.#random.between(1, 3) }, (_, i) =>
          fails && i === 0 ? this.#failingBranch() : this.#branch(depth - 1),
        );
        const join = this.name('join');
        states[join] = { Type: 'Pass', Parameters: { 'n.$': '$[0].n' }, ...after };
        const caught = this.name('caught');
        if (fails) states[caught] = { Type: 'Pass', Parameters: { 'n.$': '$.n' }, ...after };
        states[name] = {
          Type: 'Parallel',
          Branches: branches,
          Next: join,
          ...(fails && {
            Retry: [{ ErrorEquals: ['Fatal'], IntervalSeconds: 1, MaxAttempts: this.#random.between(0, 1) }],
            Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: caught }],
          }),
        };
        return name;
      }
      case 'map': {
        const join = this.name('join');
        const items = Array.from({ length: this.#random.pick([0, 1, 2, 3, 5]) }, (_, i) => i + 1);
        states[join] = { Type: 'Pass', Parameters: { 'n.$': '$.n' }, ...after };
        states[name] = {
          Type: 'Map',
          ItemsPath: '$.items',
          ItemSelector: { 'n.$': '$$.Map.Item.Value' },
          MaxConcurrency: this.#random.pick([0, 0, 1, 2]),
          ItemProcessor: this.#branch(depth - 1),
          ResultPath: '$.results',
          Next: join,
        };
        const make = this.name('items');
        states[make] = { Type: 'Pass', Parameters: { 'n.$': '$.n', items }, Next: name };
        return make;
      }
      default:
        states[name] = { Type: 'Task', Resource: `activity:${kind}`, ...after };
        return name;
    }
  }

  #branch(depth: number): JsonObject {
    const { states, first } = this.sequence(depth, this.#random.between(1, 2));
    return { StartAt: first, States: states };
  }

  #failingBranch(): JsonObject {
    const name = this.name('fatal');
    return { StartAt: name, States: { [name]: { Type: 'Task', Resource: 'activity:fatal', End: true } } };
  }
}

/** The charts and runs of one seed. */
export function casesOf(random: Random): readonly Case[] {
  return Array.from({ length: random.between(3, 9) }, (_, index) => {
    const { states, first } = new Generator(random).sequence(2, random.between(1, 5));
    const startAt = random.between(0, 15_000);
    return {
      name: `chart${index}`,
      definition: { StartAt: first, States: states },
      ...(random.chance(0.2) && { breaks: random.chance(0.5) ? [] : Object.keys(states).slice(0, 1) }),
      input: { n: random.between(0, 9) },
      startAt,
      ...(random.chance(0.25) && { cancelAt: startAt + random.between(1, 20_000) }),
    };
  });
}
