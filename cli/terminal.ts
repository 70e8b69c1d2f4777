/** What commands see of the world: what they print to, read from and call. Tests hand in their own. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Prints text and a line end to standard output. */
  out(text: string): void;
  /** Prints text and a line end to standard error. */
  err(text: string): void;
  /** Writes to standard output as it is: what redraws itself. */
  write(text: string): void;
  /** Whether a person looks at standard output. */
  readonly isTTY: boolean;
  /** Whether to use colours: on a terminal, unless NO_COLOR says no; elsewhere where FORCE_COLOR says yes. */
  readonly color: boolean;
  /** Undefined where nobody looks: nothing is cut then. */
  size(): { readonly columns: number; readonly rows: number } | undefined;
  readStdin(): Promise<string>;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  now(): number;
  /** Calls back on Ctrl-C or SIGTERM instead of ending; the returned function stops that. */
  onInterrupt(then: () => void): () => void;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  // `flowbeat runs list | head` closes the pipe early; that is no error of ours.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const isTTY = stdout.isTTY === true;
  return {
    env,
    isTTY,
    color: wantsColor(env, isTTY),
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    write: (text) => void stdout.write(text),
    size: () => (isTTY ? { columns: stdout.columns || 80, rows: stdout.rows || 24 } : undefined),
    fetch: (url, init) => fetch(url, init),
    now: () => Date.now(),
    readStdin,
    onInterrupt(then) {
      const signals = ['SIGINT', 'SIGTERM'] as const;
      for (const signal of signals) process.once(signal, then);
      return () => {
        for (const signal of signals) process.off(signal, then);
      };
    },
  };
}

/** https://no-color.org: set and not empty means no. */
function wantsColor(env: Terminal['env'], isTTY: boolean): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0';
  return isTTY && env.TERM !== 'dumb';
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
