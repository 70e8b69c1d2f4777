import { latitudeReach, longitudeReach, squaredChord, writeVector } from './sphere.ts';
import type { Town } from './town.ts';

/** Numbers that a town takes in the index's file: id, latitude, longitude, people. */
const FIELDS = 4;

/** Bands of one degree of latitude, the south pole's first. */
const BANDS = 181;

const bandOf = (lat: number): number => Math.min(BANDS - 1, Math.max(0, Math.floor(lat + 90)));

/** All towns by place: in bands of latitude, each from west to east. Finds a town's surroundings without looking at the whole world. */
export class TownIndex {
  readonly #rows: Float64Array;
  readonly #vectors: Float64Array;
  /** Where each band starts, and at last where the last one ends. */
  readonly #starts = new Uint32Array(BANDS + 1);

  private constructor(rows: Float64Array) {
    this.#rows = rows;
    const size = rows.length / FIELDS;
    this.#vectors = new Float64Array(size * 3);
    for (let i = 0; i < size; i++) {
      const lat = this.#at(i, 1);
      writeVector(this.#vectors, i * 3, lat, this.#at(i, 2));
      this.#starts[bandOf(lat) + 1] = i + 1;
    }
    for (let band = 1; band <= BANDS; band++) this.#starts[band] ||= this.#starts[band - 1] ?? 0;
  }

  static of(towns: readonly Town[]): TownIndex {
    const sorted = towns.toSorted((a, b) => bandOf(a.lat) - bandOf(b.lat) || a.lon - b.lon || a.id - b.id);
    return new TownIndex(Float64Array.from(sorted.flatMap(({ id, lat, lon, people }) => [id, lat, lon, people])));
  }

  static fromBytes(bytes: Uint8Array<ArrayBuffer>): TownIndex {
    return new TownIndex(new Float64Array(bytes.slice().buffer));
  }

  toBytes(): Uint8Array {
    return new Uint8Array(this.#rows.buffer);
  }

  /** Inhabitants of all towns within so many kilometres. */
  peopleWithin(town: Town, km: number): number {
    let people = 0;
    this.#visit(town, km, (i) => {
      people += this.#at(i, 3);
    });
    return people;
  }

  /** The nearest other town's id, with its squared chord. The circle grows until one is in it. */
  nearest(town: Town): { readonly id: number; readonly chord2: number } {
    for (let km = 15; ; km *= 4) {
      let id: number | undefined;
      let least = Number.POSITIVE_INFINITY;
      this.#visit(town, km, (i, chord2) => {
        if (chord2 >= least || this.#at(i, 0) === town.id) return;
        [least, id] = [chord2, this.#at(i, 0)];
      });
      if (id !== undefined) return { id, chord2: least };
      if (km > 40_000) throw new Error('a world with one town has no nearest one');
    }
  }

  /** Calls `each` for every town within so many kilometres, `town` itself included. */
  #visit(town: Town, km: number, each: (i: number, chord2: number) => void): void {
    const [up, aside, most] = [latitudeReach(km), longitudeReach(town.lat, km), squaredChord(km)];
    const v = new Float64Array(3);
    writeVector(v, 0, town.lat, town.lon);
    const [x, y, z] = v as unknown as [number, number, number];
    const vectors = this.#vectors;
    const scan = (band: number, west: number, east: number) => {
      const end = this.#starts[band + 1] ?? 0;
      for (let i = this.#firstFrom(band, west); i < end && this.#at(i, 2) <= east; i++) {
        const [dx, dy, dz] = [x - (vectors[i * 3] ?? 0), y - (vectors[i * 3 + 1] ?? 0), z - (vectors[i * 3 + 2] ?? 0)];
        const chord2 = dx * dx + dy * dy + dz * dz;
        if (chord2 <= most) each(i, chord2);
      }
    };
    // A circle that holds a pole has towns at every longitude.
    const [west, east] = aside < 180 ? [town.lon - aside, town.lon + aside] : [-180, 180];
    for (let band = bandOf(town.lat - up); band <= bandOf(town.lat + up); band++) {
      scan(band, Math.max(west, -180), Math.min(east, 180));
      // Beyond the date line the circle goes on at the other edge of the map.
      if (west < -180) scan(band, west + 360, 180);
      if (east > 180) scan(band, -180, east - 360);
    }
  }

  /** The first town of a band that lies at or east of a longitude. */
  #firstFrom(band: number, lon: number): number {
    let [low, high] = [this.#starts[band] ?? 0, this.#starts[band + 1] ?? 0];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#at(middle, 2) < lon) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #at(i: number, field: number): number {
    return this.#rows[i * FIELDS + field] ?? 0;
  }
}
