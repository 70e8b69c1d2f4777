/** What the command line starts. Each part is loaded when it is asked for, so that `serve` answers within a second. */
import type { ServeOptions, WorkerOptions } from '#embedded/options';

/** `flowbeat serve` and `flowbeat dev`; resolves to the exit code when it has stopped. */
export async function serve(options: ServeOptions): Promise<number> {
  return (await import('#embedded/serve')).serve(options);
}

/** `flowbeat worker`: one in this process, or several in processes of their own. */
export async function worker({ count, ...options }: WorkerOptions): Promise<number> {
  const [{ announceTo }, { workerConfig }] = await Promise.all([import('#workers/announce'), import('#workers/env')]);
  const config = workerConfig.parse(options);
  const announce = announceTo(options.json);
  if (count > 1) return (await import('#workers/supervise')).supervise(config, count, announce);
  const [{ runWorker }, { exitSoon }] = await Promise.all([
    import('#workers/run-worker'),
    import('#workers/stop-signals'),
  ]);
  const code = await runWorker(config, announce);
  exitSoon(code);
  return code;
}

/** `flowbeat demo`. */
export async function demo(options: { readonly scenario: 'failover'; readonly json: boolean }): Promise<number> {
  return (await import('#embedded/demo-failover')).demoFailover(options);
}
