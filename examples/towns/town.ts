/** A town of the report. */
export interface Town {
  readonly id: number;
  readonly name: string;
  /** ISO 3166 code of two letters. */
  readonly country: string;
  /** Inhabitants; 0 where the data set does not know. */
  readonly people: number;
  readonly lat: number;
  readonly lon: number;
}

/** A town with what only a look at all the others can tell. */
export interface MeasuredTown extends Town {
  /** Kilometres to the nearest other town. */
  readonly away: number;
  /** That town's id. */
  readonly nearest: number;
  /** Inhabitants of all towns within `CROWD_KM`, its own included. */
  readonly crowd: number;
}

/** How far around a town its crowd is counted. */
export const CROWD_KM = 100;

/** A packet: several towns that one action measures. Only this much of it passes through the chart; its number names its files. */
export interface Packet {
  readonly number: number;
  readonly towns: number;
}
