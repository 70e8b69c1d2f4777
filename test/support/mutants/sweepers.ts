import type { Json } from '#engine/json';
import type { Store } from '#ports/store';
import { calls, type Mutant, type Truth } from '#test/support/mutants/mutant';

/** A wrap that has one of the sweeper's rows read otherwise. */
const rowRead = (key: string, change: (row: never, truth: Truth) => unknown) =>
  calls((store: Store, truth) => ({
    readSetting: async (asked) => {
      const row = await store.readSetting(asked);
      return asked === key && row !== undefined ? (change(row as never, truth) as Json) : row;
    },
    // Else the sweeper would notice that the row is another than it read.
    writeSetting: (asked, value, was) =>
      store.writeSetting(asked, value, asked === key ? truth.store.settings.get(key) : was),
  }));

interface WatchRow {
  readonly at: number;
  readonly seen: readonly (readonly [end: string, beat: number, stillMs?: number, looks?: number])[];
}

/** The lease whose incarnation ends so. */
const leaseOf = ({ leases }: Truth['store'], end: string) =>
  [...leases.values()].find(({ incarnation }) => incarnation.endsWith(end));

/** Failover by functions alone. */
export const SWEEPERS: readonly Mutant[] = [
  {
    rule: 'L12',
    name: 'sweeper: how long a beat stood still counts for the next one',
    features: ['sweepers'],
    mutate: rowRead('sweeper.watch', (row: WatchRow, { store }) => ({
      ...row,
      seen: row.seen.map(([end, beat, ...still]) => [end, leaseOf(store, end)?.beat ?? beat, ...still]),
    })),
  },
  {
    rule: 'L12',
    name: 'sweeper: what clocks of two instances say has passed between them counts',
    features: ['sweepers'],
    mutate: (truth, process) =>
      rowRead('sweeper.watch', (row: WatchRow) => ({
        ...row,
        seen: row.seen.map(([end, beat, stillMs = 0, looks = 0]) => [
          end,
          beat,
          stillMs + Math.max(0, process.clock.now() - row.at),
          looks,
        ]),
      }))(truth, process),
  },
  {
    rule: 'L5',
    name: 'sweeper: what another instance saw is forgotten',
    features: ['sweepers'],
    mutate: rowRead('sweeper.watch', (row: WatchRow) => ({ ...row, seen: [] })),
  },
  {
    rule: 'L5',
    name: 'sweeper: the list of a dead worker is done before it was',
    features: ['sweepers'],
    mutate: rowRead('sweeper.recovery', (row: object, { store }) => ({
      ...row,
      done: Object.fromEntries([...store.leases.keys()].map((incarnation) => [incarnation, 1_000])),
    })),
  },
  {
    rule: 'chain',
    name: 'sweeper: a wake is taken whatever its number',
    features: ['sweepers'],
    mutate: rowRead('sweeper.chain', () => 0),
  },
];
