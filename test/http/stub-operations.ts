import { epoch } from '#engine/time';
import { rejected } from '#ports/errors';
import { type RunId, runId } from '#ports/ids';
import type { Brake } from '#scheduler/brake';
import type { Operations, RunDetail, StartRequest } from '#scheduler/operations';
import type { Discovered } from '#scheduler/sweeper/hosts';

/** Operations that remember what they were asked: for the edges of the API alone. What the operations do is tested below them. */
export class StubOperations implements Operations {
  readonly started: StartRequest[] = [];
  readonly asked: unknown[][] = [];
  readonly runs = new Map<RunId, RunDetail>();
  brake: Brake | undefined;
  hosts: Discovered | undefined;
  /** Thrown by the next operation. */
  fails: unknown;

  #note(...call: unknown[]): void {
    this.asked.push(call);
    if (this.fails !== undefined) throw this.fails;
  }

  async putChart(source: string, name = 'report') {
    this.#note('putChart', source, name);
    return { chart: { name, version: 1, source: '{"StartAt":"A"}', hash: 'h', createdAt: epoch(0) }, created: true };
  }
  async readChart(name: string, version?: number) {
    this.#note('readChart', name, version);
    if (name !== 'report') throw rejected('CHART_NOT_FOUND', `There is no chart ${name}.`);
    return { name, version: version ?? 3, source: '{"StartAt":"A"}', hash: 'h', createdAt: epoch(0) };
  }
  async listCharts() {
    this.#note('listCharts');
    return [await this.readChart('report')];
  }
  async deleteChart(name: string) {
    this.#note('deleteChart', name);
  }

  async startRun(request: StartRequest) {
    this.#note('startRun');
    this.started.push(request);
    const run = runId(request.chart, request.name ?? 'made-up');
    const created = !this.runs.has(run);
    if (created) this.runs.set(run, runningRun(run));
    return { run, created, startedAt: epoch(0) };
  }
  async listRuns(filter: object) {
    this.#note('listRuns', filter);
    return { items: [...this.runs.values()] };
  }
  async showRun(run: RunId) {
    this.#note('showRun', run);
    const found = this.runs.get(run);
    if (!found) throw rejected('RUN_NOT_FOUND', `There is no run ${run}.`);
    return found;
  }
  async history(run: RunId, options: object) {
    this.#note('history', run, options);
    const { flow } = runningRun(run).flows[0]!;
    return {
      events: [{ id: 1, previousEventId: 0, timestamp: epoch(1), type: 'ExecutionStarted', flow }],
      cursor: '1',
    };
  }
  async cancelRun(run: RunId, reason: object) {
    this.#note('cancelRun', run, reason);
  }
  async redriveRun(run: RunId) {
    this.#note('redriveRun', run);
    return this.showRun(run);
  }
  async completeTask(token: string, output: unknown) {
    this.#note('completeTask', token, output);
  }
  async failTask(token: string, error: string, cause?: string) {
    this.#note('failTask', token, error, cause);
  }
  async heartbeatTask(token: string) {
    this.#note('heartbeatTask', token);
  }
  async listWorkers() {
    this.#note('listWorkers');
    return [];
  }
  async readHosts() {
    this.#note('readHosts');
    return this.hosts;
  }
  async readBrake() {
    this.#note('readBrake');
    return this.brake;
  }
  async setBrake(reason: string) {
    this.#note('setBrake', reason);
    this.brake = { reason, at: epoch(1) };
  }
  async releaseBrake() {
    this.#note('releaseBrake');
    this.brake = undefined;
  }
}

/** A run that runs. */
export function runningRun(run: RunId): RunDetail {
  const [chart = '', name = ''] = run.split(':');
  return {
    run,
    chart,
    version: 1,
    name,
    status: 'Running',
    startedAt: epoch(0),
    updatedAt: epoch(0),
    redrives: 0,
    input: {},
    flowCounts: { Owned: 1 },
    moreFlows: false,
    flows: [
      {
        flow: run as never,
        status: 'Owned',
        at: 'Extract',
        phase: 'act',
        attempt: 0,
        step: 1,
        term: 2,
        seq: 1,
        queue: 'default',
        needs: 'extract',
        updatedAt: epoch(0),
      },
    ],
  };
}
