import { readFileSync } from 'node:fs';
import { type InstanceEnvironment, readInstance } from '#adapters/ec2/instance-metadata';
import { readTask, type TaskEnvironment } from '#adapters/ecs/task-metadata';
import type { Host } from '#ports/host';
import { type NamedHost, namedHost } from '#workers/host-environment';

/** What is read of the environment. */
export interface HostEnvironment extends TaskEnvironment, InstanceEnvironment, NamedHost {
  readonly AWS_EXECUTION_ENV?: string | undefined;
}

/**
 * The host of this process as its platform tells it: the ECS task, then the EC2 instance. Only where something says that there is one to ask, so that
 * no other host waits for an answer that never comes. Where nothing answers, what the environment says; undefined where that is nothing. Throws
 * HOST_ENVIRONMENT_INVALID.
 */
export async function findHost(env: HostEnvironment): Promise<Host | undefined> {
  const [task, instance] = await Promise.all([readTask(env), looksLikeEc2(env) ? readInstance(env) : undefined]);
  if (!task || !instance) return task ?? instance ?? fromEnvironment(env);
  // The instance's address is not its tasks'.
  const { address: _, ...onInstance } = instance.platform;
  return { ...instance, ...task, platform: { ...onInstance, ...task.platform } };
}

function fromEnvironment(env: HostEnvironment): Host | undefined {
  const platform = namedHost(env);
  return platform && { platform };
}

/** Fargate has no instance metadata; a task on an instance, and a virtual machine that EC2 has made, do. */
function looksLikeEc2({ AWS_EXECUTION_ENV: made, AWS_EC2_METADATA_SERVICE_ENDPOINT: told }: HostEnvironment): boolean {
  if (told || made === 'AWS_ECS_EC2') return true;
  if (made !== undefined) return false;
  return ['/sys/class/dmi/id/sys_vendor', '/sys/class/dmi/id/board_vendor'].some((file) => {
    try {
      return readFileSync(file, 'utf8').trim() === 'Amazon EC2';
    } catch {
      return false;
    }
  });
}
