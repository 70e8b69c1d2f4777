import { SYSTEM_IDS } from '#adapters/system/ids';
import { type FlowId, type Incarnation, rootFlow, runId } from '#ports/ids';
import type { HeldFlow, Lease } from '#ports/lease';

/** As long as that of a real worker: an incarnation on ECS, with the flows that it holds. */
export function leaseOf(index: number, windowMs: number, flows: readonly HeldFlow[]): Lease {
  const worker = `ip-10-0-12-${index}-1234`;
  const now = Date.now() as Lease['startedAt'];
  return {
    incarnation: `${worker}-${SYSTEM_IDS.random()}` as Incarnation,
    worker,
    kind: 'external',
    host: `ip-10-0-12-${index}.ec2.internal`,
    platform: {
      taskArn: `arn:aws:ecs:us-east-1:123456789012:task/flowbeat/${SYSTEM_IDS.random()}`,
      zone: 'us-east-1a',
      lifeCycle: 'spot',
    },
    status: 'Connected',
    windowMs,
    beat: 0,
    progress: 0,
    stalled: false,
    flows,
    places: Math.max(1, flows.length),
    activities: ['resize', 'charge-card', 'ship'],
    queues: ['default'],
    startedAt: now,
    beatAt: now,
    commands: [],
  };
}

/** A beat of it, with the same flows. */
export const beatOf = ({ incarnation, flows }: Pick<Lease, 'incarnation' | 'flows'>, beat: number) => ({
  incarnation,
  beat,
  progress: beat,
  stalled: false,
  status: 'Connected' as const,
  flows,
  now: Date.now() as Lease['startedAt'],
});

/** A root flow of a run whose name was not chosen. */
export const someFlow = (): FlowId => rootFlow(runId('nightly-report', SYSTEM_IDS.random()));
