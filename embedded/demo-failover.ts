/** Placeholder until the demo is there. */
export async function demoFailover(_options: { readonly json: boolean }): Promise<number> {
  return 1;
}
