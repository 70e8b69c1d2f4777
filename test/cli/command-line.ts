import { stripVTControlCharacters } from 'node:util';
import type { DemoOptions, Launchers, ServeOptions, WorkerOptions } from '#cli/launchers';
import { main } from '#cli/main';
import type { Terminal } from '#cli/terminal';
import { createApi } from '#http/app';
import { StubOperations } from '../http/stub-operations.ts';

/** A command line in this process, over stub operations: what it prints and its exit code. */
export function commandLine(changes: Partial<Terminal> = {}, others: Partial<Launchers> = {}) {
  const operations = new StubOperations();
  const api = createApi(operations, { version: '1.2.3', health: () => ({ status: 'ok' }) });
  const launched: (ServeOptions | WorkerOptions | DemoOptions)[] = [];
  const launch = async (options: ServeOptions | WorkerOptions | DemoOptions) => {
    launched.push(options);
    return 0;
  };
  const launchers: Launchers = {
    version: '1.2.3',
    command: ['/usr/bin/node', '/opt/flowbeat.mjs'],
    serve: launch,
    worker: launch,
    demo: launch,
    ...others,
  };
  const interrupts: (() => void)[] = [];

  const run = async (...argv: string[]) => {
    let out = '';
    let err = '';
    const terminal: Terminal = {
      env: {},
      isTTY: false,
      color: false,
      out: (text) => {
        out += `${text}\n`;
      },
      err: (text) => {
        err += `${text}\n`;
      },
      write: (text) => {
        out += text;
      },
      size: () => undefined,
      readStdin: async () => '',
      fetch: (url, init) => api.fetch(new Request(url, init)),
      now: () => 60_000,
      onInterrupt: (then) => {
        interrupts.push(then);
        return () => {};
      },
      ...changes,
    };
    const exit = await main(argv, launchers, terminal);
    return { exit, out, err, plain: stripVTControlCharacters(out) };
  };
  return { run, operations, launched, interrupt: () => interrupts.at(-1)?.() };
}
