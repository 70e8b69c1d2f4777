/** All recorded cases of a file, one after another. */
import { validateChart } from '#engine/chart/validate';
import { type Case, outOfScope, readCases } from '#test/conformance/cases';
import { type JsonataCase, jsonataDiffers, readJsonata } from '#test/conformance/jsonata';
import { ourResources, score } from '#test/conformance/score';
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
}

/** Runs the cases of the states language in a file. */
export const runCases = (file?: string): readonly Verdict[] => readCases(file).map(verdict);

const verdict = (each: Case): Verdict => {
  const { id, class: name } = each;
  if (name === 'rejected-definition' || name === 'validate-definition') return refusal(each);
  const out = name === 'test_state' ? undefined : outOfScope(each);
  if (out !== undefined) return { id, class: name, passed: false, why: out };
  const { passed, why, causeMatches } = name === 'test_state' ? scoreTest(each) : score(each);
  return { id, class: name, passed, why, ...(each.expected.cause === undefined ? null : { cause: causeMatches }) };
};

const refusal = (each: Case): Verdict => {
  const validated = validateChart(definitionOf(each), {
    name: 'conformance',
    allowUnsupported: true,
    type: each.machineType,
  });
  const passed = !validated.ok;
  return { id: each.id, class: each.class, passed, why: passed ? '' : 'the definition was accepted' };
};

/** The definition of a case: its text where it is no JSON. */
export const definitionOf = ({ definition }: Case): Case['definition'] | string =>
  typeof definition === 'object' && definition !== null && '$raw' in definition
    ? String(definition.$raw)
    : ourResources(definition);

/** Runs JSONata's own cases in a file. */
export const runJsonata = (file?: string): readonly Verdict[] => {
  const { cases, datasets } = readJsonata(file);
  return cases.map((each: JsonataCase) => {
    const why = jsonataDiffers(each, datasets);
    return { id: each.id, class: 'jsonata', passed: why === undefined, why: why ?? '' };
  });
};
