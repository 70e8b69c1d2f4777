import { readFileSync } from 'node:fs';
import { CustomResource, Stack } from 'aws-cdk-lib';
import { type IChainable, StateGraph } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { beyond } from '#engine/chart/bounds';
import type { Chart as ValidChart } from '#engine/chart/chart';
import { nameFromFile } from '#engine/chart/file-name';
import { parseText } from '#engine/chart/parse';
import { type ChartProblem, Problems } from '#engine/chart/problems';
import { validateChart } from '#engine/chart/validate';
import type { Json } from '#engine/json';
import type { Flowbeat } from '#infra/flowbeat';
import { withoutTokens } from '#infra/tokens';

/** What a chart is made with. */
export interface ChartProps {
  /** The installation that shall run it. */
  readonly flowbeat: Flowbeat;
  /** A chart file (YAML or JSON), or a chart or bare state machine as an object, or states of `aws-cdk-lib/aws-stepfunctions`. */
  readonly source: string | Json | IChainable;
  /** Its name where the source says none: that of the file, or the construct's id. */
  readonly name?: string;
}

/** CloudFormation calls a function with at most 256 KB. */
const MAX_CHARACTERS = 200_000;

/**
 * A chart of the installation. It is checked when the stack is synthesized, and every error is told; a deployment makes a new version of it where
 * it has changed, and takes it away when it leaves the stack. Runs that have begun go on with the version that they began with.
 */
export class Chart extends Construct {
  /** The name under which runs are started. */
  readonly name: string;
  /** The version that the deployment made, known then. */
  readonly version: string;

  constructor(scope: Construct, id: string, { flowbeat, source, name }: ChartProps) {
    super(scope, id);
    const { document, nameless, origin } = this.#read(flowbeat, source, id);
    const checked = check(withoutTokens(this, document), name ?? nameless, origin);
    refuseUnknownQueues(checked, flowbeat, origin);
    refuseMore(checked, flowbeat, origin);
    this.name = checked.name;
    const { length } = JSON.stringify(document);
    if (length > MAX_CHARACTERS) {
      throw new Error(
        `${origin} has ${length} characters as JSON; CloudFormation hands over ${MAX_CHARACTERS} at most. Put it with \`flowbeat charts put\`.`,
      );
    }
    const resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::FlowbeatChart',
      serviceToken: flowbeat.functions.charts.functionArn,
      // Bounds are stored with the chart: one that is there is stored again where they have changed.
      properties: {
        Name: checked.name,
        Source: Stack.of(this).toJsonString(document),
        Bounds: JSON.stringify(flowbeat.bounds),
      },
    });
    this.version = resource.getAttString('Version');
    // Until the table and the function's rights are there.
    resource.node.addDependency(flowbeat.state, flowbeat.functions.charts);
  }

  #read(flowbeat: Flowbeat, source: ChartProps['source'], id: string) {
    if (typeof source === 'string') return readFile(source);
    if (isChainable(source)) {
      const graph = new StateGraph(source.startState, id);
      for (const statement of graph.policyStatements) flowbeat.allowTasks(statement, this);
      return { document: graph.toGraphJson() as unknown as Json, nameless: id, origin: `The chart ${id}` };
    }
    return { document: source, nameless: id, origin: `The chart ${id}` };
  }
}

const isChainable = (source: Json | IChainable): source is IChainable =>
  typeof source === 'object' && source !== null && 'startState' in source && 'endStates' in source;

/** A file is read here and becomes JSON, so that a comment that changes makes no new version. */
function readFile(path: string) {
  const problems = new Problems();
  const document = parseText(readFileSync(path, 'utf8'), problems);
  if (document === undefined) throw invalid(path, problems.all);
  return { document, nameless: nameFromFile(path), origin: path };
}

function check(document: Json, name: string, origin: string): ValidChart {
  const result = validateChart(document, { name });
  if (!result.ok) throw invalid(origin, result.errors);
  return result.chart;
}

function invalid(origin: string, errors: readonly ChartProblem[]): Error {
  const lines = errors.map(({ pointer, message, suggestion }) => {
    const meant = suggestion === undefined ? '' : ` (${suggestion})`;
    return `  ${pointer || '/'}: ${message}${meant}`;
  });
  return new Error(`${origin} is no valid chart:\n${lines.join('\n')}`);
}

/** What the deployment would refuse. */
function refuseMore({ bounds }: ValidChart, flowbeat: Flowbeat, origin: string): void {
  for (const [name, asked] of beyond(bounds, flowbeat.bounds))
    throw new Error(
      `${origin} asks for a ${name} of ${asked}; the installation ${flowbeat.name} allows ${flowbeat.bounds[name]} at most. Raise its \`bounds\`.`,
    );
}

/** A flow on a queue that was never made would wait for ever. */
function refuseUnknownQueues({ queue, queues }: ValidChart, flowbeat: Flowbeat, origin: string): void {
  const known = flowbeat.queues.names;
  const unknown = [...new Set([queue, ...Object.values(queues)])].filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const told = known.filter((name) => !name.startsWith('_')).join(', ');
  throw new Error(
    `${origin} names the queue ${unknown.join(', ')}, which the installation ${flowbeat.name} does not have (it has: ${told}). Add it to \`queues\`.`,
  );
}
