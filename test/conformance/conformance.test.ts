/**
 * Recorded behaviour of the Amazon States Language (`cases.ts` says where it lies) against `decide`. The numbers asserted only rise.
 */
import { describe, expect, test } from 'vitest';
import { type Case, haveCases, readCases } from '#test/conformance/cases';
import { haveJsonata } from '#test/conformance/jsonata';
import { awsProblems, messagesMatch } from '#test/conformance/messages';
import { runJsonata } from '#test/conformance/run';
import { historyDiffers, type Score, score } from '#test/conformance/score';
import { scoreTest } from '#test/conformance/test-state';

/** Cases that must pass, by class. A floor: raise it with the engine, never lower it. */
const floors = { pure: 530, lambda: 49, activity: 1, callback: 8, integration: 45, 's3-distributed-map': 12 } as const;
/** Cases whose history must show the recorded events. */
const historyFloor = 342;
/** Tests of one state whose answer must be the recorded one. */
const testStateFloor = 71;
/** Bad definitions that must be refused. */
const rejectedFloor = 104;

/** Classes of definitions that AWS refused. */
const refusals = ['rejected-definition', 'validate-definition'];

const reason = 'the recorded cases are not beside the repository (../shared/asl-conformance/cases.json)';
const cases = readCases();

describe.skipIf(!haveCases)(
  `conformance to the Amazon States Language${haveCases ? '' : ` (skipped: ${reason})`}`,
  () => {
    for (const [name, floor] of Object.entries(floors)) {
      test(`${name}: at least ${floor} cases as recorded`, async () => {
        const all = cases.filter((each) => each.class === name);
        const scores: (readonly [Case, Score])[] = [];
        for (const each of all) scores.push([each, await score(each)]);
        const failed = scores.filter(([, each]) => !each.passed);
        const passed = scores.length - failed.length;
        const causes = scores.filter(([, each]) => each.passed && each.causeMatches).length;
        const list = failed.map(([each, { why }]) => `  ${each.id}: ${why.slice(0, 600)}`).join('\n');
        console.log(`${name}: ${passed} of ${scores.length} (causes too: ${causes})${list === '' ? '' : `\n${list}`}`);
        expect(passed).toBeGreaterThanOrEqual(floor);
      });
    }

    test(`history: at least ${historyFloor} cases with the recorded events`, async () => {
      const inScope = cases.filter((each) => Object.keys(floors).includes(each.class));
      const results: [Case, string][] = [];
      for (const each of inScope) {
        const differs = await historyDiffers(each);
        if (differs !== undefined) results.push([each, differs]);
      }
      const failed = results.filter(([, why]) => why !== '');
      const list = failed.map(([each, why]) => `  ${each.id}: ${why.slice(0, 1500)}`).join('\n');
      console.log(`history: ${results.length - failed.length} of ${results.length}${list === '' ? '' : `\n${list}`}`);
      expect(results.length - failed.length).toBeGreaterThanOrEqual(historyFloor);
    });

    test(`one state alone: at least ${testStateFloor} answers as recorded, with their causes`, () => {
      const scores = cases
        .filter((each) => each.class === 'test_state')
        .map((each) => [each, scoreTest(each)] as const);
      const failed = scores.filter(([, each]) => !each.passed || !each.causeMatches);
      console.log(failed.map(([each, { why }]) => `  ${each.id}: ${why.slice(0, 600)}`).join('\n'));
      expect(scores.length - failed.length).toBeGreaterThanOrEqual(testStateFloor);
    });

    test(`rejected definitions: at least ${rejectedFloor} refused, in AWS's words where they were recorded`, () => {
      const all = cases.filter((each) => refusals.includes(each.class));
      const said = all.map((each) => [each, awsProblems(each)] as const);
      const accepted = said.filter(([, problems]) => problems.length === 0).map(([{ id }]) => id);
      console.log(`rejected: ${all.length - accepted.length} of ${all.length}; accepted:\n${accepted.join('\n')}`);
      expect(all.length - accepted.length).toBeGreaterThanOrEqual(rejectedFloor);
      expect(said.filter(([each, problems]) => messagesMatch(each, problems) === false)).toEqual([]);
    });

    test('no definition that AWS ran is refused in its words', () => {
      const ran = cases.filter((each) => !refusals.includes(each.class) && each.class !== 'test_state');
      expect(ran.map((each) => [each.id, awsProblems(each)]).filter(([, problems]) => problems?.length !== 0)).toEqual(
        [],
      );
    });
  },
);

describe.skipIf(!haveJsonata)(
  `JSONata's own cases${haveJsonata ? '' : ' (skipped: ../shared/jsonata-suite is not beside the repository)'}`,
  () => {
    test('every one as the reference answered it', () => {
      expect(runJsonata().filter(({ passed }) => !passed)).toEqual([]);
    });
  },
);
