import type { FeatureName } from '#test/sim/features/all';

/** A seed that once showed a violation of the protocol, with the features that it had then, and what it showed. */
interface Known {
  readonly seed: number;
  readonly features: readonly FeatureName[];
  readonly showed: string;
}

/** Run for ever. */
export const CORPUS: readonly Known[] = [
  {
    seed: 68,
    features: [],
    showed: 'an empty beat of a life that was over replaced the list by which its flows were found',
  },
  { seed: 105, features: [], showed: 'the census took a flow from an owner born after its list of leases was read' },
  {
    seed: 132,
    features: [],
    showed: 'a flow taken from a worker by mistake and claimed by it again left the old handler running',
  },
  { seed: 1043, features: [], showed: 'a lease whose answer took a window counted as proven from the answer on' },
  { seed: 1931, features: [], showed: 'a claim applied late, whose witness was lost, was never adopted' },
  { seed: 2, features: ['deadlines'], showed: "a start that found another's run there ended its time too early" },
  {
    seed: 534,
    features: ['silence'],
    showed: 'a control message was dropped where its cancel was put, and ended the root, between two reads',
  },
  {
    seed: 351,
    features: ['guarded', 'laggy'],
    showed: 'two messages of a flow had one worker take up one claim twice: its action ran once more',
  },
  {
    seed: 54,
    features: ['breakdowns'],
    showed: 'what follows a commit was given up with the flow, and its parent waited for ever',
  },
  {
    seed: 124,
    features: ['redrives', 'deadlines', 'strangers', 'stormy'],
    showed: 'a redriven root that timed out before its first claim was never noted on the first one',
  },
  {
    seed: 26,
    features: ['wide'],
    showed: 'one lost answer had a split of many children repeat all its messages, which starved every other flow',
  },
];
