/** Seeds that once showed a violation of the protocol, with what they showed: run for ever. */
export const CORPUS: readonly { readonly seed: number; readonly showed: string }[] = [
  { seed: 68, showed: 'an empty beat of a life that was over replaced the list by which its flows were found' },
  { seed: 105, showed: 'the census took a flow from an owner born after its list of leases was read' },
  { seed: 132, showed: 'a flow taken from a worker by mistake and claimed by it again left the old handler running' },
  { seed: 1043, showed: 'a lease whose answer took a window counted as proven from the answer on' },
  { seed: 1931, showed: 'a claim applied late, whose witness was lost, was never adopted' },
];
