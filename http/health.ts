import type { Health } from '#http/contract/health';
import { asFlowbeatError } from '#http/problems';
import type { Store } from '#ports/store';

/** What health says of the server itself. */
export interface ServerState {
  readonly draining: boolean;
  /** Where the state is, in words. */
  readonly store: string;
  readonly startedAt: string;
}

/** How the server is doing: `failing` where its store cannot be read, found out by two small reads, a run's and a setting's. */
export async function healthOf(
  reads: Pick<Store, 'listRuns' | 'readSetting'>,
  { draining, ...state }: ServerState,
): Promise<Omit<Health, 'version'>> {
  if (draining) return { status: 'draining', ...state };
  try {
    await reads.listRuns({ limit: 1 });
    await reads.readSetting('health');
    return { status: 'ok', ...state };
  } catch (error) {
    return { status: 'failing', ...state, detail: asFlowbeatError(error).message };
  }
}
