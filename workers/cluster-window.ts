import { rejected } from '#ports/errors';
import type { Store } from '#ports/store';
import { proveDead } from '#workers/identity';

/** The failover window where nobody says otherwise: beats are one small write each third of it. */
export const DEFAULT_WINDOW_MS = 30_000;

/** Below it a garbage collection or a slow disk would look like death. */
const LEAST_WINDOW_MS = 300;

/** Where the cluster's window is kept. */
const KEY = 'cluster.windowMs';

/**
 * The failover window of an installation: one value for the whole cluster. The one asked for becomes the cluster's where no worker lives that
 * uses another; else it is refused. Throws WINDOW_INVALID or WINDOW_DIFFERS. `suits`: asked before a window becomes anybody's; what it throws is thrown on.
 */
export async function agreeOnWindow(
  store: Store,
  wanted: number | undefined,
  suits: (windowMs: number) => Promise<void> = async () => {},
): Promise<number> {
  if (wanted !== undefined && !(wanted >= LEAST_WINDOW_MS)) {
    throw rejected(
      'WINDOW_INVALID',
      `A failover window of ${wanted} ms is a configuration error: it must be at least ${LEAST_WINDOW_MS} ms. To switch failover off, set a very long one, such as +10y.`,
      { windowMs: wanted },
    );
  }
  for (;;) {
    const stored = await store.readSetting(KEY);
    const cluster = typeof stored === 'number' ? stored : undefined;
    const window = wanted ?? cluster ?? DEFAULT_WINDOW_MS;
    if (window === cluster) {
      await suits(window);
      return window;
    }
    if (cluster !== undefined) {
      const others = (await store.listLeases()).filter(
        (lease) => !lease.condemned && lease.windowMs !== window && !proveDead(lease),
      );
      if (others.length > 0) {
        throw rejected(
          'WINDOW_DIFFERS',
          `The failover window of this installation is ${cluster} ms, and ${others.length} worker(s) use it; ${window} ms was asked for. All must use the same: leave --window out, or stop the others first.`,
          { windowMs: window, clusterMs: cluster },
        );
      }
    }
    await suits(window);
    if (await store.writeSetting(KEY, window, stored)) return window;
  }
}
