/**
 * `npm run conformance -- [--cases FILE] [--jsonata FILE] [--json]`: runs the recorded cases of the states language and JSONata's own, prints what passed by
 * class and what differs in the others. Without files it takes those beside the repository. Exit 1 where a case failed.
 */
import { parseArgs } from 'node:util';
import { haveCases } from '#test/conformance/cases';
import { haveJsonata } from '#test/conformance/jsonata';
import { runCases, runJsonata, type Verdict } from '#test/conformance/run';

const { values } = parseArgs({
  options: { cases: { type: 'string' }, jsonata: { type: 'string' }, json: { type: 'boolean', default: false } },
});
const all: readonly Verdict[] = [
  ...(values.cases !== undefined || haveCases ? await runCases(values.cases) : []),
  ...(values.jsonata !== undefined || haveJsonata ? runJsonata(values.jsonata) : []),
];
if (all.length === 0) {
  console.error('There are no cases beside the repository: name files with --cases and --jsonata.');
  process.exit(2);
}
if (values.json)
  console.log(
    JSON.stringify({ cases: all.map(({ id, class: name, passed, why }) => ({ id, class: name, passed, why })) }),
  );
else print(all);
process.exit(all.every(({ passed }) => passed) ? 0 : 1);

function print(verdicts: readonly Verdict[]): void {
  for (const { id, passed, why } of verdicts) if (!passed) console.log(`${id}: ${why.slice(0, 500)}`);
  for (const [name, group] of Map.groupBy(verdicts, (each) => each.class)) {
    const passed = group.filter((each) => each.passed).length;
    const causes = group.filter((each) => each.cause !== undefined);
    const right =
      causes.length === 0 ? '' : `, causes ${causes.filter((each) => each.cause).length} of ${causes.length}`;
    const told = group.filter((each) => each.messages !== undefined);
    const said = told.length === 0 ? '' : `, messages ${told.filter((each) => each.messages).length} of ${told.length}`;
    console.log(`${name.padEnd(22)} ${passed} passed, ${group.length - passed} failed${right}${said}`);
  }
}
