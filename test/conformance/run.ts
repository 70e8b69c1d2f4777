/** All recorded cases of a file, one after another. */
import { type Case, readCases } from '#test/conformance/cases';
import { type JsonataCase, jsonataDiffers, readJsonata } from '#test/conformance/jsonata';
import { awsProblems, messagesMatch } from '#test/conformance/messages';
import { score } from '#test/conformance/score';
import { scoreTest } from '#test/conformance/test-state';

/** How one case came out. */
export interface Verdict {
  readonly id: string;
  readonly class: string;
  readonly passed: boolean;
  /** What differs; empty where it passed. */
  readonly why: string;
  /** Whether the cause was the recorded one too, where the run failed. */
  readonly cause?: boolean;
  /** Whether a definition was refused in AWS's words, where they were recorded. */
  readonly messages?: boolean;
}

/** Runs the cases of the states language in a file. */
export const runCases = async (file?: string): Promise<readonly Verdict[]> => {
  const verdicts: Verdict[] = [];
  for (const each of readCases(file)) verdicts.push(await verdict(each));
  return verdicts;
};

const verdict = async (each: Case): Promise<Verdict> => {
  const { id, class: name } = each;
  if (name === 'rejected-definition' || name === 'validate-definition') return refusal(each);
  const { passed, why, causeMatches } = name === 'test_state' ? scoreTest(each) : await score(each);
  return { id, class: name, passed, why, ...(each.expected.cause === undefined ? null : { cause: causeMatches }) };
};

const refusal = (each: Case): Verdict => {
  const problems = awsProblems(each);
  const messages = messagesMatch(each, problems);
  const passed = problems.length > 0;
  const why = passed ? '' : 'the definition was accepted';
  return { id: each.id, class: each.class, passed, why, ...(messages === undefined ? null : { messages }) };
};

/** Runs JSONata's own cases in a file. */
export const runJsonata = (file?: string): readonly Verdict[] => {
  const { cases, datasets } = readJsonata(file);
  return cases.map((each: JsonataCase) => {
    const why = jsonataDiffers(each, datasets);
    return { id: each.id, class: 'jsonata', passed: why === undefined, why: why ?? '' };
  });
};
