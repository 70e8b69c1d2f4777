/** Reads what EventBridge brings of ECS and EC2 as what it says of a host. What it says of no host, or nothing that matters here, is undefined. */
import { z } from 'zod';
import { epoch } from '#engine/time';
import type { EcsTask } from '#scheduler/ecs-task';
import type { PlatformEvent } from '#scheduler/platform';

/** What all events of EventBridge have. */
export const bridgeEvent = z.object({ 'detail-type': z.string(), time: z.iso.datetime(), detail: z.unknown() });

const task = z.object({
  taskArn: z.string(),
  lastStatus: z.string(),
  desiredStatus: z.string().optional(),
  stopCode: z.string().optional(),
  stoppedReason: z.string().optional(),
});
const ecsTask = z
  .looseObject({ lastStatus: z.string(), startedBy: z.string().optional() })
  .transform((detail) => detail as EcsTask);
const instance = z.object({ 'instance-id': z.string(), state: z.string().optional() });

/** The task that an event of ECS is about, whole, as a flow that waits for it gets it. */
export function ecsTaskOf({ 'detail-type': type, detail }: z.infer<typeof bridgeEvent>): EcsTask | undefined {
  return type === 'ECS Task State Change' ? ecsTask.parse(detail) : undefined;
}

/** What an event says of a host. */
export function readEvent(event: z.infer<typeof bridgeEvent>): PlatformEvent | undefined {
  switch (event['detail-type']) {
    case 'ECS Task State Change':
      return ofTask(task.parse(event.detail));
    case 'EC2 Instance State-change Notification':
      return ofInstance(instance.parse(event.detail), epoch(Date.parse(event.time)));
    case 'EC2 Spot Instance Interruption Warning':
      return leaving(instance.parse(event.detail), 'is taken back: Spot capacity is wanted elsewhere');
    case 'EC2 Instance Rebalance Recommendation':
      return leaving(instance.parse(event.detail), 'is likely to be taken back soon');
    default:
      return undefined;
  }
}

function ofTask({ taskArn, lastStatus, desiredStatus, stopCode, stoppedReason }: z.infer<typeof task>) {
  const host = { taskArn };
  const why = [stopCode, stoppedReason].filter((part) => part !== undefined).join(': ');
  if (lastStatus === 'STOPPED')
    return { kind: 'gone', host, text: `ECS says that task ${taskArn} has stopped (${why}).` } as const;
  if (desiredStatus === 'STOPPED')
    return { kind: 'leaving', host, text: `ECS says that task ${taskArn} is to stop (${why}).` } as const;
  return undefined;
}

/** An instance that was stopped may be started again under its id: who began later is not meant. One that was terminated never comes back. */
function ofInstance({ 'instance-id': instanceId, state }: z.infer<typeof instance>, time: PlatformEvent['until']) {
  const text = `EC2 says that instance ${instanceId} is ${state}.`;
  const host = { instanceId };
  if (state === 'terminated') return { kind: 'gone', host, text } as const;
  if (state === 'stopped' && time !== undefined) return { kind: 'gone', host, until: time, text } as const;
  return undefined;
}

const leaving = ({ 'instance-id': instanceId }: z.infer<typeof instance>, what: string): PlatformEvent => ({
  kind: 'leaving',
  host: { instanceId },
  text: `EC2 says that instance ${instanceId} ${what}.`,
});
