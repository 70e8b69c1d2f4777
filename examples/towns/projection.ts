/**
 * The Equal Earth projection (Šavrič, Patterson and Jenny 2018): areas are true, so densities may be compared, and parallels are
 * straight, so that a scale of latitudes can stand beside the map.
 */
const [A1, A2, A3, A4] = [1.340264, -0.081106, 0.000893, 0.003796];
const RADIANS = Math.PI / 180;
const M = Math.sqrt(3) / 2;

/** Half the width of the equator, in units of the sphere's radius. */
const HALF_WIDTH = Math.PI / (M * A1);

/** The part of the world that is drawn: south of it is one town. */
export const [NORTH, SOUTH] = [84, -58];

const rawY = (lat: number): number => {
  const t = Math.asin(M * Math.sin(lat * RADIANS));
  return t * (A1 + A2 * t ** 2 + t ** 6 * (A3 + A4 * t ** 2));
};

/** Where the places of the world go on a map of some width. */
export interface Projection {
  readonly width: number;
  readonly height: number;
  x(lat: number, lon: number): number;
  y(lat: number): number;
}

/** A map of that width. */
export function projection(width: number): Projection {
  const scale = width / 2 / HALF_WIDTH;
  const y = (lat: number) => (rawY(NORTH) - rawY(lat)) * scale;
  return {
    width,
    height: y(SOUTH),
    y,
    x(lat, lon) {
      const t = Math.asin(M * Math.sin(lat * RADIANS));
      const stretch = A1 + 3 * A2 * t ** 2 + t ** 6 * (7 * A3 + 9 * A4 * t ** 2);
      return width / 2 + (scale * lon * RADIANS * Math.cos(t)) / (M * stretch);
    },
  };
}
