import { beyond, boundsOf } from '#engine/chart/bounds';
import type { Chart } from '#engine/chart/chart';
import { didYouMean } from '#engine/chart/suggest';
import { validateChart } from '#engine/chart/validate';
import type { Json } from '#engine/json';
import { defaultBounds } from '#engine/jsonata/meter';
import { rejected } from '#ports/errors';
import { type Answers, type FlowRecord, isTerminal } from '#ports/flow-record';
import type { RunId } from '#ports/ids';
import type { ChartVersion } from '#ports/store';
import type { Surroundings } from '#ports/surroundings';
import { inputFrom, withRun } from '#scheduler/archive/run-source';
import { readBrake, setBrake } from '#scheduler/brake';
import { answerTask, heartbeatTask } from '#scheduler/callbacks';
import { ChartsCache } from '#scheduler/charts-cache';
import type { Scheduler } from '#scheduler/context';
import { type CancelReason, cancel } from '#scheduler/control';
import { Histories } from '#scheduler/history';
import { inputTooLarge, jsonBytes, MAX_INPUT_BYTES } from '#scheduler/input-size';
import type { Operations, StartRequest } from '#scheduler/operations';
import { redrive } from '#scheduler/redrive';
import { startRun } from '#scheduler/start';
import { readHosts } from '#scheduler/sweeper/hosts';
import { forgetTriggers } from '#scheduler/triggers';
import { detailOf, firstRoot, newestRoot, summaryOf } from '#scheduler/views';
import { WorkerObserver } from '#scheduler/worker-observer';

/** Adds the compiled charts to the surroundings: what every use case needs. One for each process. */
export const createScheduler = (s: Surroundings): Scheduler => ({ ...s, charts: new ChartsCache(s.store) });

/** What the API and the command line can ask, over a scheduler (shared with the worker of the same process) or bare surroundings. */
export function createOperations(surroundings: Surroundings | Scheduler): Operations {
  const s = 'charts' in surroundings ? surroundings : createScheduler(surroundings);
  const histories = new Histories(s);
  const observer = new WorkerObserver(s);
  return {
    putChart: (source, name) => putChart(s, source, name),
    readChart: (name, version) => readChart(s, name, version),
    listCharts: () => s.store.listCharts(),
    async deleteChart(name) {
      const chart = await readChart(s, name);
      if (await s.store.deleteChart(name)) await forgetTriggers(s, chart);
    },
    startRun: (request) => start(s, request),
    async listRuns(filter) {
      const page = await s.store.listRuns(filter);
      const items = await Promise.all(page.items.map(async (first) => summaryOf(first, await newestRoot(s, first))));
      return { items, ...(page.cursor !== undefined && { cursor: page.cursor }) };
    },
    showRun: async (run, limit) => detailOf(s, await firstRoot(s, run), limit),
    history: (run, { cursor, limit }) => histories.page(run, cursor, limit),
    cancelRun: (run, reason) => cancelRun(s, run, reason),
    async redriveRun(run, by) {
      const first = await redrive(s, await firstRoot(s, run), by);
      return summaryOf(first, await newestRoot(s, first));
    },
    completeTask: (token, output, by) =>
      answerTask(s, token, { status: 'Succeeded', output, ...(by !== undefined && { by }) }),
    failTask: (token, reason) => answerTask(s, token, { status: 'Failed', ...reason }),
    heartbeatTask: (token) => heartbeatTask(s, token),
    listWorkers: () => observer.list(),
    readHosts: () => readHosts(s),
    readBrake: () => readBrake(s),
    setBrake: (reason) => setBrake(s, reason),
    releaseBrake: () => setBrake(s, undefined),
  };
}

async function putChart(
  s: Scheduler,
  text: string,
  name: string | undefined,
): Promise<{ readonly chart: ChartVersion; readonly created: boolean }> {
  const checked = validateChart(text, name === undefined ? {} : { name });
  if (!checked.ok) {
    const { length } = checked.errors;
    const what = length === 1 ? '1 error' : `${length} errors`;
    throw rejected('CHART_INVALID', `The chart has ${what}; nothing was stored.`, { errors: checked.errors });
  }
  const { chart } = checked;
  if (name !== undefined && chart.name !== name) {
    const message = `The chart names itself '${chart.name}' and is to be stored as '${name}'.`;
    const errors = [{ code: 'INVALID_VALUE', pointer: '/name', message, suggestion: name }];
    throw rejected('CHART_INVALID', `The chart has 1 error; nothing was stored. ${message}`, { errors });
  }
  const source = JSON.stringify(bounded(chart, s.bounds));
  const before = await s.store.readChart(chart.name);
  const stored = await s.store.putChart(chart.name, source, await sha256(source), s.clock.now());
  return { chart: stored, created: stored.version !== before?.version };
}

/** The chart with all bounds of its expressions, those of the installation where it has none of its own. Throws CHART_INVALID where it asks for more than the installation allows. */
function bounded(chart: Chart, allowed = defaultBounds): Chart {
  const errors = beyond(chart.bounds, allowed).map(([name, asked]) => ({
    code: 'BOUND_TOO_HIGH',
    pointer: `/bounds/${name}`,
    message: `The chart asks for a ${name} of ${asked}; this installation allows ${allowed[name]} at most.`,
  }));
  if (errors.length > 0)
    throw rejected('CHART_INVALID', `Nothing was stored. ${errors.map(({ message }) => message).join(' ')}`, {
      errors,
    });
  return { ...chart, bounds: boundsOf(chart.bounds, allowed) };
}

/** Of so many charts an error tells all the names. */
const NAMED_AT_MOST = 12;

async function readChart(s: Scheduler, name: string, version?: number): Promise<ChartVersion> {
  const chart = await s.store.readChart(name, version);
  if (chart) return chart;
  throw rejected('CHART_NOT_FOUND', await noSuchChart(s, name), { chart: name, version });
}

/** In words that fit every client: which chart or version is not there, and what is. */
async function noSuchChart(s: Scheduler, name: string): Promise<string> {
  const charts = await s.store.listCharts();
  const there = charts.find((chart) => chart.name === name);
  if (there) return `The chart '${name}' has no such version; its newest is ${there.version}.`;
  if (charts.length === 0) return `There is no chart '${name}'; none is stored yet.`;
  const names = charts.map((chart) => chart.name);
  const stored =
    names.length > NAMED_AT_MOST
      ? `look for it in the list of the ${names.length} that are stored.`
      : `stored are ${names.join(', ')}.`;
  return `There is no chart '${name}'; ${didYouMean(name, names) ?? stored}`;
}

/** Starts a run of a chart's newest or named version. Throws CHART_NOT_FOUND, INPUT_TOO_LARGE, NAME_INVALID, NAME_TAKEN. */
export async function start(s: Scheduler, { chart, version, name, input }: StartRequest, answers?: Answers) {
  const size = jsonBytes(input);
  if (size > MAX_INPUT_BYTES) throw inputTooLarge(size);
  const stored = await readChart(s, chart, version);
  const { flow, created } = await startRun(s, {
    chart,
    version: stored.version,
    name: name ?? s.ids.random(),
    input,
    answers,
  });
  if (!created) await mustBeSame(s, flow, version, input, answers);
  return { run: flow.run, created, startedAt: flow.startedAt };
}

/** A repeated start returns the run that it made, even where the chart has a newer version now; another start of that name is refused. */
async function mustBeSame(
  s: Scheduler,
  flow: FlowRecord,
  version: number | undefined,
  input: Json,
  answers: Answers | undefined,
): Promise<void> {
  // A run answers the Task that started it and no other.
  const answersIt = answers === undefined || flow.answers?.token === answers.token;
  const sameVersion = answersIt && (version ?? flow.version) === flow.version;
  if (sameVersion && sameJson(await withRun(s, flow, (source) => inputFrom(source, flow)), input)) return;
  throw rejected(
    'NAME_TAKEN',
    `There is a run ${flow.run} already, with another input or version. Choose another name.`,
    {
      run: flow.run,
    },
  );
}

async function cancelRun(s: Scheduler, run: RunId, reason: CancelReason) {
  const root = await newestRoot(s, await firstRoot(s, run));
  if (isTerminal(root.status)) {
    throw rejected('RUN_ENDED', `${run} has ended (${root.status}); there is nothing to cancel.`, { run });
  }
  await cancel(s, root, reason, s.clock.now());
}

/** Whether two values are the same JSON, whatever the order of their members. */
function sameJson(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a as Record<string, Json>, b as Record<string, Json>];
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && sameJson(left[key]!, right[key]!))
  );
}

async function sha256(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
