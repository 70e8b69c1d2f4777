/** One Ctrl-C may reach a process twice, from the terminal and from whoever started it: what comes within so many milliseconds is one. */
const ONE_SIGNAL_MS = 500;

/** Calls `drain` at the first SIGTERM or SIGINT and `abort` at the second; `release` gives the signals back. */
export function onStopSignals(drain: (signal: string) => void, abort: () => void): { release(): void } {
  let first: number | undefined;
  const hear = (signal: string) => {
    const now = performance.now();
    if (first === undefined) {
      first = now;
      drain(signal);
    } else if (now - first > ONE_SIGNAL_MS) abort();
  };
  process.on('SIGTERM', hear);
  process.on('SIGINT', hear);
  return {
    release() {
      process.off('SIGTERM', hear);
      process.off('SIGINT', hear);
    },
  };
}

/**
 * Ends this process soon, whatever a user's handlers have left open: an interval, a pool of connections. What is written to the standard outputs gets
 * out before.
 */
export function exitSoon(code: number): void {
  process.exitCode = code;
  setTimeout(() => process.exit(code), 300).unref();
}
