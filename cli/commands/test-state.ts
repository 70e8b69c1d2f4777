import { type Command, Option } from 'commander';
import { CliError, Exit, type Mistake } from '#cli/exit';
import { readJson } from '#cli/options/input';
import { readTextFile } from '#cli/options/text-file';
import { oneLine, type Style } from '#cli/render/style';
import { facts } from '#cli/render/table';
import { command, print, type Session } from '#cli/session';
import type { Json } from '#engine/json';
import type { TestStateAnswer, TestStateRequest } from '#http/contract/test-state';

/** Options that hold JSON, with the field of the request that each becomes. */
const VALUES = {
  input: '--input',
  variables: '--variables',
  context: '--context',
  mock: '--mock',
  stateConfiguration: '--state-configuration',
} as const;

type Value = keyof typeof VALUES;

interface Given extends Partial<Record<Value, string>> {
  readonly state?: string;
  readonly inspectionLevel: 'INFO' | 'DEBUG' | 'TRACE';
  readonly json?: boolean;
}

const NOT_TESTED = 'The state was not tested.';

/** `flowbeat charts test-state`: needs no server. */
export const testStateCommand = (session: Session): Command =>
  command('test-state', 'Test one state without a server: with an input, and a mock in the place of its action', [
    'flowbeat charts test-state report.yaml --state Check --input \'{"rows":3}\'',
    'flowbeat charts test-state report.yaml --state Render --mock \'{"result":{"pages":7}}\' --inspection-level DEBUG',
    'flowbeat charts test-state report.yaml --state Render --mock \'{"errorOutput":{"error":"States.Timeout"}}\' --state-configuration \'{"retrierRetryCount":2}\'',
  ])
    .argument('<file>', 'a chart, or one state alone, YAML or JSON')
    .option('--state <name>', 'which state of the chart')
    .option('--input <json>', "the state's input: JSON, a file, @FILE, or - for standard input; {} where absent")
    .option(
      '--mock <json>',
      '{"result": …} or {"errorOutput": {"error", "cause"}}; Task, Parallel and Map states need it',
    )
    .option('--variables <json>', 'the variables that it finds: {"name": value}')
    .option('--context <json>', 'the whole context object; one is made up where absent')
    .option(
      '--state-configuration <json>',
      '{"retrierRetryCount", "mapIterationFailureCount", "errorCausedByState", "mapItemReaderData"}',
    )
    .addOption(
      new Option('--inspection-level <level>', 'DEBUG and TRACE: also the values on the way through the state')
        .choices(['INFO', 'DEBUG', 'TRACE'])
        .default('INFO'),
    )
    .option('--json', 'print JSON for programs')
    .action((file: string, given: Given) => testOneState(session, file, given));

async function testOneState(session: Session, file: string, given: Given): Promise<void> {
  const { terminal, style } = session;
  const values: Partial<Record<Value, Json>> = {};
  for (const [field, option] of Object.entries(VALUES) as [Value, string][]) {
    const value = await readJson(given[field], { option, what: 'value', consequence: NOT_TESTED }, terminal);
    if (value !== undefined) values[field] = value;
  }
  const request = await checkedRequest({
    definition: readTextFile(file),
    ...(given.state === undefined ? null : { stateName: given.state }),
    ...values,
    inspectionLevel: given.inspectionLevel,
  });
  const { testState } = await import('#engine/test-state/test-state');
  const { epoch } = await import('#engine/time');
  const tested = testState(request, { now: epoch(terminal.now()), seed: crypto.randomUUID() });
  if (!tested.ok)
    throw refused(
      tested.errors.map(({ pointer, ...error }) => ({
        ...error,
        ...placeOf(pointer, file),
        ...ourWords(error, given),
      })),
    );
  print(session, given.json, tested.answer, () => answerLines(tested.answer, style));
  if (tested.answer.status === 'FAILED') session.exit = Exit.failed;
}

/** Checks what the options hold as the API would. Its schema is loaded only here: most commands need none. */
async function checkedRequest(request: object): Promise<TestStateRequest> {
  const { testStateRequest } = await import('#http/contract/test-state');
  const { sentenceOf } = await import('#engine/schema-words');
  const parsed = testStateRequest.safeParse(request);
  if (parsed.success) return parsed.data;
  throw refused(
    parsed.error.issues.map((issue) => ({
      ...placeOf(`/${issue.path.map(String).join('/')}`, ''),
      message: sentenceOf(issue, request, 'The test'),
      ...(issue.path[0] === 'mock' && {
        suggestion: `what the Task gives stands in 'result', as in --mock '{"result": …}'`,
      }),
    })),
  );
}

/** In the place of Step Functions' words, where those speak of what is not here. */
function ourWords(
  { code, suggestion }: { readonly code: string; readonly suggestion?: string },
  { state }: { readonly state?: string },
): { message?: string; suggestion?: string } {
  if (code === 'STATE_NOT_FOUND') return { message: `There is no state '${state}'.` };
  if (code !== 'MOCK_REQUIRED' || suggestion === undefined) return {};
  return { message: suggestion, suggestion: `for instance --mock '{"result": {"ok": true}}'` };
}

const refused = (errors: readonly Mistake[]): CliError =>
  new CliError(Exit.badInput, 'TEST_REFUSED', NOT_TESTED, errors);

/** Where a mistake is: in the file, or in an option. */
function placeOf(pointer: string, file: string): { file: string; pointer: string } | { parameter: string } {
  const [, field = '', ...rest] = pointer.split('/');
  if (field === 'definition') return { file, pointer: rest.map((part) => `/${part}`).join('') };
  return { parameter: field === 'stateName' ? '--state' : (VALUES[field as Value] ?? field) };
}

function answerLines(
  { status, nextState, error, cause, output, inspectionData }: TestStateAnswer,
  style: Style,
): string[] {
  const shown = (value: unknown): string | undefined =>
    value === undefined ? undefined : oneLine(JSON.stringify(value));
  const text = (value: string | undefined): string | undefined => (value === undefined ? undefined : oneLine(value));
  return facts(
    [
      ['status', style(status === 'SUCCEEDED' ? 'green' : status === 'FAILED' ? 'red' : 'yellow', status)],
      ['next', text(nextState)],
      ['error', text(error)],
      ['cause', text(cause)],
      ['output', shown(output)],
      ...Object.entries(inspectionData ?? {}).map(([field, value]) => [field, shown(value)] as const),
    ],
    style,
  );
}
