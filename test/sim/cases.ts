import type { Json, JsonObject } from '#engine/json';
import type { Random } from '#test/support/random';

/** A state machine that is being made. */
export interface Machine {
  StartAt: string;
  States: Record<string, State>;
  TimeoutSeconds?: number;
}
export type State = Record<string, Json>;

/** A chart to simulate, and what is done to its run from outside. */
export interface Case {
  readonly name: string;
  readonly definition: Machine;
  /** What stands around the definition: breaks, queues, triggers. */
  readonly envelope: JsonObject;
  readonly input: Json;
  /** When the run `r` is started, in virtual milliseconds; absent: runs are started by the chart's triggers. */
  readonly startAt?: number;
  /** When it is cancelled. */
  readonly cancelAt?: number;
}

/** Makes charts over a payload `{ n }`. */
export class Generator {
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
  sequence(depth: number, length: number): Machine {
    const states: Record<string, State> = {};
    let next: string | undefined;
    for (let i = 0; i < length; i++) next = this.#prepend(states, depth, next);
    return { StartAt: next!, States: states };
  }

  #prepend(states: Record<string, State>, depth: number, next: string | undefined): string {
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
        ) as unknown as Json;
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
          ItemProcessor: this.#branch(depth - 1) as unknown as Json,
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

  #branch(depth: number): Machine {
    return this.sequence(depth, this.#random.between(1, 2));
  }

  #failingBranch(): Machine {
    const name = this.name('fatal');
    return { StartAt: name, States: { [name]: { Type: 'Task', Resource: 'activity:fatal', End: true } } };
  }
}

/** The charts and runs of one seed. */
export function casesOf(random: Random): readonly Case[] {
  return Array.from({ length: random.between(3, 9) }, (_, index) => {
    const definition = new Generator(random).sequence(2, random.between(1, 5));
    const startAt = random.between(0, 15_000);
    return {
      name: `chart${index}`,
      definition,
      envelope: random.chance(0.2)
        ? { breaks: random.chance(0.5) ? [] : Object.keys(definition.States).slice(0, 1) }
        : {},
      input: { n: random.between(0, 9) },
      startAt,
      ...(random.chance(0.25) && { cancelAt: startAt + random.between(1, 20_000) }),
    };
  });
}
