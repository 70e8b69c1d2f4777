import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HistoryEvent } from '#http/contract/history';
import { Cluster } from '#test/support/cluster';
import { root } from '#test/support/command';
import * as page from './page-reader.ts';
import { byCountry, crowdAround, distancesToNearest, places, read } from './recount.ts';

describe('the report on the towns of the world, against a recount', () => {
  let cluster: Cluster;
  let html: string;
  let history: readonly HistoryEvent[];

  beforeAll(async () => {
    cluster = new Cluster(join(root, 'examples', 'handlers.ts'));
    await cluster.serve('--charts', join(root, 'examples', 'world-towns.yaml'));
    const run = await cluster.start('world-towns', 'test');
    const { outcome } = await cluster.ended(run);
    if (outcome?.status !== 'Succeeded') throw new Error(JSON.stringify(outcome));
    html = await readFile((outcome.output as { page: string }).page, 'utf8');
    history = await cluster.history(run);
  });

  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  test('the data set has at least 10,000 records, and the page says how many', () => {
    expect(read).toBeGreaterThan(10_000);
    expect(page.figure(html, 'read')).toBe(read);
  });

  test('towns, people and countries are those of the recount', () => {
    expect(page.figure(html, 'towns')).toBe(places.length);
    expect(page.figure(html, 'people')).toBe(places.reduce((sum, { people }) => sum + people, 0));
    expect(page.figure(html, 'countries')).toBe(new Set(places.map(({ country }) => country)).size);
  });

  test('each country has its towns and people', () => {
    const table = page.rows(html, 'countries-table', 'country');
    const counted = Object.fromEntries(
      table.map(({ key, numbers: [towns, people] }) => [key, { towns: towns?.value, people: people?.value }]),
    );
    expect(counted).toEqual(byCountry());
    for (const { numbers } of table) for (const number of numbers) expect(number.shown).toBe(number.value);
  });

  test('the bars are the countries with the most towns, as long as their numbers', () => {
    const most = Object.entries(byCountry()).sort(([, a], [, b]) => b.towns - a.towns);
    const drawn = page.bars(html, 'bars');
    expect(drawn).toHaveLength(15);
    expect(drawn.map(({ key, number }) => [key, number])).toEqual(
      most.slice(0, 15).map(([c, { towns }]) => [c, towns]),
    );
    const scale = (drawn[0]?.length ?? 0) / (drawn[0]?.number ?? 1);
    for (const { number, length } of drawn) expect(Math.abs(length - number * scale)).toBeLessThan(0.1);
  });

  test('distances: the columns, the median and the loneliest towns', () => {
    const nearest = distancesToNearest();
    const bounds = [0, 1, 2, 4, 8, 16, 32, 64, 128, Number.POSITIVE_INFINITY];
    const counts = bounds
      .slice(1)
      .map((bound, i) => nearest.filter((km) => km >= (bounds[i] ?? 0) && km < bound).length);
    const drawn = page.bars(html, 'columns');
    expect(drawn.map(({ number }) => number)).toEqual(counts);
    const scale = Math.max(...drawn.map(({ length }) => length)) / Math.max(...counts);
    for (const { number, length } of drawn) expect(Math.abs(length - number * scale)).toBeLessThan(1);

    const sorted = nearest.toSorted((a, b) => b - a);
    expect(page.figure(html, 'median-away')).toBeCloseTo(sorted[Math.floor(sorted.length / 2)] ?? 0, 6);

    const byId = new Map(places.map(({ id }, i) => [String(id), nearest[i]]));
    const loneliest = page.rows(html, 'loneliest', 'town');
    expect(loneliest).toHaveLength(10);
    for (const [i, { key, numbers }] of loneliest.entries()) {
      expect(numbers[0]?.value).toBeCloseTo(byId.get(key) ?? 0, 6);
      expect(numbers[0]?.value).toBeCloseTo(sorted[i] ?? 0, 6);
    }
  });

  test('crowds: the listed ones are counted right, and nobody found a bigger one', () => {
    const listed = page.rows(html, 'crowded', 'town');
    const byId = new Map(places.map((place) => [String(place.id), place]));
    expect(listed).toHaveLength(10);
    for (const { key, numbers } of listed) {
      const place = byId.get(key);
      if (place === undefined) throw new Error(`no town ${key}`);
      expect(numbers[0]?.value).toBe(crowdAround(place, 100));
    }
    const most = listed[0]?.numbers[0]?.value ?? 0;
    // The largest towns are where a bigger crowd would be.
    for (const place of places.toSorted((a, b) => b.people - a.people).slice(0, 100)) {
      expect(crowdAround(place, 100)).toBeLessThanOrEqual(most);
    }
  });

  test('the map has a light for each cell of half a degree north of its edge', () => {
    const cells = Map.groupBy(places, ({ lat, lon }) => `${Math.floor(lat * 2)} ${Math.floor(lon * 2)}`);
    const drawn = [...cells.values()].filter((group) => group.some(({ lat }) => lat > -58));
    expect(page.lights(html)).toHaveLength(6);
    expect(page.lights(html).reduce((sum, count) => sum + count, 0)).toBe(drawn.length);
  });

  test('the page is whole: it loads nothing, and its drawings have titles and descriptions', () => {
    expect(page.references(html)).toEqual([
      'href="https://www.geonames.org/"',
      'href="https://creativecommons.org/licenses/by/4.0/"',
    ]);
    const drawings = html.match(/<svg[^>]*>/g) ?? [];
    expect(drawings).toHaveLength(3);
    for (const drawing of drawings) {
      const [, title = '', desc = ''] = /role="img" aria-labelledby="(\S+) (\S+)"/.exec(drawing) ?? [];
      expect(html).toContain(`<title id="${title}">`);
      expect(html).toContain(`<desc id="${desc}">`);
    }
  });

  test('packets overlap in time, as many at once as the chart allows', () => {
    const steps = history.flatMap(({ type, flow, timestamp, stateEnteredEventDetails, stateExitedEventDetails }) => {
      const details = (stateEnteredEventDetails ?? stateExitedEventDetails) as { name: string } | undefined;
      return details?.name === 'Measure'
        ? [{ flow, by: type === 'TaskStateEntered' ? 1 : -1, at: Date.parse(timestamp) }]
        : [];
    });
    // Where one ends in the millisecond in which another begins, they do not overlap.
    let running = 0;
    let most = 0;
    for (const { by } of steps.toSorted((a, b) => a.at - b.at || a.by - b.by)) {
      running += by;
      most = Math.max(most, running);
    }
    expect(new Set(steps.map(({ flow }) => flow)).size).toBe(Math.ceil(places.length / 5000));
    expect(most).toBe(4);
  });

  test('the index was not ready at first, and was asked for again', () => {
    const failures = history.filter(({ type }) => type === 'ActivityFailed');
    expect(failures.length).toBeGreaterThan(0);
    for (const { activityFailedEventDetails: details } of failures)
      expect(details).toMatchObject({ error: 'Index.NotReady' });
    expect(html).toContain(`asked for ${failures.length + 1} times`);
  });
});
