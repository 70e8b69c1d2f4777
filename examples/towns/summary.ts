import { distance } from './sphere.ts';
import { CROWD_KM, type MeasuredTown } from './town.ts';

/** Bounds in kilometres of the classes of distances: below 1, 1 to 2, …, 128 and more. */
export const AWAY_BOUNDS = [1, 2, 4, 8, 16, 32, 64, 128] as const;

/** Cells of the map in a degree. */
const CELLS_A_DEGREE = 2;

/** Of towns so close to each other, only the most crowded is listed. */
const APART_KM = 500;

/** How many towns a list has. */
const LISTED = 10;

export interface CountrySum {
  readonly country: string;
  towns: number;
  people: number;
}

/** A cell of half a degree: where its people live on average, how many they are. */
export interface Cell {
  lat: number;
  lon: number;
  towns: number;
  people: number;
}

export interface ListedTown extends MeasuredTown {
  readonly nearestName: string;
}

/** A crowded place goes by the name of the largest town in its circle, which everybody knows. */
export interface CrowdedTown extends MeasuredTown {
  readonly largest: string;
}

/** All that the report shows. */
export interface Summary {
  readonly read: number;
  readonly towns: number;
  readonly people: number;
  /** Half of the towns have another one within so many kilometres. */
  readonly medianAway: number;
  /** By number of towns, most first. */
  readonly countries: readonly CountrySum[];
  readonly cells: readonly Cell[];
  /** People by degree of latitude, from 90° south. */
  readonly latitudes: readonly number[];
  /** Towns by class of the distance to the next one, see `AWAY_BOUNDS`. */
  readonly away: readonly number[];
  readonly loneliest: readonly ListedTown[];
  readonly crowded: readonly CrowdedTown[];
}

/** Sums up all measured towns. */
export function summarize(read: number, towns: readonly MeasuredTown[]): Summary {
  const countries = new Map<string, CountrySum>();
  const latitudes = new Array<number>(180).fill(0);
  const away = new Array<number>(AWAY_BOUNDS.length + 1).fill(0);
  let people = 0;
  for (const town of towns) {
    people += town.people;
    const sum = countries.get(town.country) ?? { country: town.country, towns: 0, people: 0 };
    sum.towns++;
    sum.people += town.people;
    countries.set(town.country, sum);
    const degree = Math.min(179, Math.floor(town.lat + 90));
    latitudes[degree] = (latitudes[degree] ?? 0) + town.people;
    const bound = AWAY_BOUNDS.findIndex((km) => town.away < km);
    const group = bound < 0 ? AWAY_BOUNDS.length : bound;
    away[group] = (away[group] ?? 0) + 1;
  }
  const names = new Map(towns.map(({ id, name }) => [id, name]));
  const byDistance = towns.toSorted((a, b) => b.away - a.away || a.id - b.id);
  return {
    read,
    towns: towns.length,
    people,
    medianAway: byDistance[Math.floor(towns.length / 2)]?.away ?? 0,
    countries: [...countries.values()].sort((a, b) => b.towns - a.towns || (a.country < b.country ? -1 : 1)),
    cells: cellsOf(towns),
    latitudes,
    away,
    loneliest: byDistance.slice(0, LISTED).map((town) => ({ ...town, nearestName: names.get(town.nearest) ?? '?' })),
    crowded: mostCrowded(towns).map((town) => ({ ...town, largest: largestAround(town, towns).name })),
  };
}

/** Cells with at least one town; a cell's place is the mean of its towns', weighted by people. */
function cellsOf(towns: readonly MeasuredTown[]): Cell[] {
  const cells = new Map<string, Cell & { weight: number }>();
  for (const { lat, lon, people } of towns) {
    const key = `${Math.floor(lat * CELLS_A_DEGREE)} ${Math.floor(lon * CELLS_A_DEGREE)}`;
    const cell = cells.get(key) ?? { lat: 0, lon: 0, towns: 0, people: 0, weight: 0 };
    const weight = people + 1;
    cell.weight += weight;
    cell.lat += (lat - cell.lat) * (weight / cell.weight);
    cell.lon += (lon - cell.lon) * (weight / cell.weight);
    cell.towns++;
    cell.people += people;
    cells.set(key, cell);
  }
  return [...cells.values()].map(({ weight: _, ...cell }) => cell).sort((a, b) => a.people - b.people);
}

function mostCrowded(towns: readonly MeasuredTown[]): MeasuredTown[] {
  const listed: MeasuredTown[] = [];
  for (const town of towns.toSorted((a, b) => b.crowd - a.crowd || b.people - a.people || a.id - b.id)) {
    if (listed.every((other) => distance(town, other) >= APART_KM)) listed.push(town);
    if (listed.length === LISTED) break;
  }
  return listed;
}

function largestAround(centre: MeasuredTown, towns: readonly MeasuredTown[]): MeasuredTown {
  let largest = centre;
  for (const town of towns) {
    if (town.people > largest.people && distance(town, centre) <= CROWD_KM) largest = town;
  }
  return largest;
}
