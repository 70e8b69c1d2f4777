import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HistoryEvent } from '#http/contract/history';
import type { RunDetail, RunStarted } from '#http/contract/run';
import type { WorkerView } from '#http/contract/worker';
import { type CommandResult, root } from '#test/support/command';

const program = join(root, 'bin', 'main.ts');
/** The handlers of test/requirements: what they do stands in a journal. */
const JOURNALED = join(root, 'test', 'requirements', 'handlers.ts');

/** A process of the cluster. */
export interface Member {
  readonly pid: number;
  readonly output: () => string;
  /** Sends a signal; the exit code, or the signal's name, comes with `ended`. */
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** A line of the journal that the handlers of these tests write. */
export interface Entry {
  readonly what: 'began' | 'done' | 'aborted' | 'step';
  readonly at: number;
  readonly name: string;
  readonly state: string;
  readonly run: string;
  readonly key: string;
  readonly attempt: number;
  readonly pid: number;
  readonly step?: number;
  readonly from?: number;
}

/** What a take-over leaves in the history. */
export interface TakeOverDetails {
  readonly fromWorker: string;
  readonly by: string;
  readonly evidence: string;
  readonly text: string;
  readonly status: 'Queued' | 'Parked';
  readonly oldTerm: number;
  readonly term: number;
  readonly fromBreak: number;
  readonly at: string;
  readonly when: number;
}

/**
 * A cluster of real processes over one state file in a folder of its own, used as a person would: commands, and the API. Its end
 * ends its processes; a test that leaves one alive fails.
 */
export class Cluster implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'flowbeat-cluster-'));
  readonly file = join(this.folder, 'state.db');
  /** What the environment of the processes that are started from now on has besides this one's. */
  readonly environment: Record<string, string> = {};
  readonly handlers: string;
  readonly #members = new Map<ChildProcess, Promise<unknown>>();
  #url = '';

  constructor(handlers = JOURNALED) {
    this.handlers = handlers;
  }

  /** Where the API is. */
  get url(): string {
    return this.#url;
  }

  /** Starts a server and waits until it answers, and says that it is ready: that its charts are stored. */
  async serve(...args: readonly string[]): Promise<Member> {
    const port = await freePort();
    this.#url = `http://127.0.0.1:${port}`;
    const member = this.#start([
      'serve',
      '--file',
      this.file,
      '--port',
      String(port),
      '--handlers',
      this.handlers,
      ...args,
    ]);
    const isReady = () => /ready/i.test(member.output());
    const answers = async () => isReady() && (await this.#reach('/v1/health'))?.status === 200;
    await until('the server answers', answers, member);
    return member;
  }

  /** Starts a command that stays, and waits for nothing. */
  launch(...args: readonly string[]): Member {
    return this.#start(args);
  }

  /** Starts a worker process and waits until it is listed. */
  async worker(name: string, ...args: readonly string[]): Promise<Member> {
    const member = this.#start([
      'worker',
      '--local',
      '--file',
      this.file,
      '--handlers',
      this.handlers,
      '--name',
      name,
      ...args,
    ]);
    await until(
      `${name} is connected`,
      async () => (await this.workers()).some(({ worker, status }) => worker === name && status !== 'Condemned'),
      member,
    );
    return member;
  }

  /** Runs a command to its end. */
  command(...args: readonly string[]): Promise<CommandResult> {
    return new Promise((resolve) => {
      const child = this.#spawn(args);
      const output = collect(child);
      child.on('close', (code) => resolve({ code, stdout: output.stdout, stderr: output.stderr }));
    });
  }

  /** What a command answers as JSON. */
  async json<T>(...args: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await this.command(...args, '--json');
    if (code !== 0) throw new Error(`flowbeat ${args.join(' ')}: exit code ${code}\n${stderr}`);
    return JSON.parse(stdout) as T;
  }

  /** Stores a chart. */
  async put(chart: string): Promise<void> {
    const response = await fetch(`${this.url}/v1/charts`, {
      method: 'POST',
      headers: { 'content-type': 'application/yaml' },
      body: chart,
    });
    if (!response.ok) throw new Error(await response.text());
  }

  async start(chart: string, name: string, input: unknown = {}): Promise<string> {
    const response = await fetch(`${this.url}/v1/charts/${chart}/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, input }),
    });
    if (!response.ok) throw new Error(await response.text());
    return ((await response.json()) as RunStarted).run;
  }

  run(run: string): Promise<RunDetail> {
    return this.get(`/v1/runs/${encodeURIComponent(run)}?flows=1000`);
  }

  async workers(): Promise<readonly WorkerView[]> {
    return (await this.get<{ items: WorkerView[] }>('/v1/workers')).items;
  }

  async history(run: string): Promise<readonly HistoryEvent[]> {
    const { stdout } = await this.command('runs', 'history', run, '--json');
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as HistoryEvent);
  }

  /** The records of a run's take-overs. */
  async takeOvers(run: string): Promise<readonly TakeOverDetails[]> {
    const events = (await this.history(run)).filter(({ type }) => type === 'FlowTakenOver');
    return events.map((event) => event.flowTakenOverEventDetails as unknown as TakeOverDetails);
  }

  async get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.url}${path}`);
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** Waits until a run has ended. */
  async ended(run: string): Promise<RunDetail> {
    return until(`${run} has ended`, async () => {
      const detail = await this.run(run);
      return detail.endedAt === undefined ? undefined : detail;
    });
  }

  /** Lets the actions of that name go on. */
  open(name: string): void {
    writeFileSync(join(this.folder, `open-${name}`), '');
  }

  /** What the handlers did. */
  journal(): readonly Entry[] {
    const file = join(this.folder, 'journal.jsonl');
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Entry);
  }

  /** Waits for a line of the journal. */
  did(what: Entry['what'], name: string): Promise<Entry> {
    return until(`${name} ${what}`, () => this.journal().find((entry) => entry.what === what && entry.name === name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#members.keys()) child.kill('SIGKILL');
    await Promise.all(this.#members.values());
    rmSync(this.folder, { recursive: true, force: true });
  }

  #start(args: readonly string[]): Member {
    const child = this.#spawn(args);
    const output = collect(child);
    const ended = new Promise<number | NodeJS.Signals>((resolve) => {
      child.on('close', (code, signal) => resolve(code ?? signal ?? -1));
    });
    this.#members.set(child, ended);
    return {
      pid: child.pid ?? 0,
      output: () => output.stdout + output.stderr,
      kill: (signal) => void child.kill(signal),
      ended,
    };
  }

  #spawn(args: readonly string[]): ChildProcess {
    return spawn(process.execPath, [program, ...args], {
      cwd: this.folder,
      env: { ...process.env, FLOWBEAT_SERVER: this.#url, NO_COLOR: '1', ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async #reach(path: string): Promise<Response | undefined> {
    try {
      return await fetch(`${this.url}${path}`);
    } catch {
      return undefined;
    }
  }
}

/** Looks again and again until something is so; the clock only bounds how long a failure takes. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  member?: Member,
  limitMs = 60_000,
): Promise<T> {
  let over: unknown;
  member?.ended.then((code) => {
    over = code;
  });
  const deadline = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (over !== undefined)
      throw new Error(`waiting until ${what}: the process ended with ${over}\n${member?.output()}`);
    if (Date.now() > deadline)
      throw new Error(`waiting until ${what}: not within ${limitMs} ms\n${member?.output() ?? ''}`);
    await sleep(50);
  }
}

function collect(child: ChildProcess) {
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    output.stdout += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    output.stderr += chunk;
  });
  return output;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
