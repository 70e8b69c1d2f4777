/** Mean radius of the Earth (IUGG), in kilometres. */
const EARTH_KM = 6371.0088;
const RADIANS = Math.PI / 180;

/** Writes the unit vector of a place to `at`, `at + 1` and `at + 2`. */
export function writeVector(into: Float64Array, at: number, lat: number, lon: number): void {
  const [phi, lambda] = [lat * RADIANS, lon * RADIANS];
  into[at] = Math.cos(phi) * Math.cos(lambda);
  into[at + 1] = Math.cos(phi) * Math.sin(lambda);
  into[at + 2] = Math.sin(phi);
}

/** Distances are compared as squared chords between unit vectors: that needs no trigonometry. */
export const squaredChord = (km: number): number => (2 * Math.sin(Math.min(km / EARTH_KM, Math.PI) / 2)) ** 2;

/** Great-circle kilometres of a squared chord. */
export const kilometres = (chord2: number): number => 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(chord2) / 2));

/** Great-circle kilometres between two places. */
export function distance(a: { lat: number; lon: number }, b: { lat: number; lon: number }): number {
  const v = new Float64Array(6);
  writeVector(v, 0, a.lat, a.lon);
  writeVector(v, 3, b.lat, b.lon);
  return kilometres(
    ((v[0] ?? 0) - (v[3] ?? 0)) ** 2 + ((v[1] ?? 0) - (v[4] ?? 0)) ** 2 + ((v[2] ?? 0) - (v[5] ?? 0)) ** 2,
  );
}

/** Half the width in degrees of longitude of a circle around a place; 180 where it holds a pole. */
export function longitudeReach(lat: number, km: number): number {
  const angle = km / EARTH_KM;
  const phi = Math.abs(lat) * RADIANS;
  return phi + angle >= Math.PI / 2 ? 180 : Math.asin(Math.sin(angle) / Math.cos(phi)) / RADIANS;
}

/** Degrees of latitude in so many kilometres. */
export const latitudeReach = (km: number): number => km / EARTH_KM / RADIANS;
