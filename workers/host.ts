import { readFileSync } from 'node:fs';
import { type InstanceEnvironment, readInstance } from '#adapters/ec2/instance-metadata';
import { readTask, type TaskEnvironment } from '#adapters/ecs/task-metadata';
import type { Host } from '#ports/host';

/** What is read of the environment. */
export interface HostEnvironment extends TaskEnvironment, InstanceEnvironment {
  readonly AWS_EXECUTION_ENV?: string | undefined;
}

/**
 * The host of this process as its platform tells it: the ECS task, then the EC2 instance. Only where something says that there is one to ask, so that
 * no other host waits for an answer that never comes. Undefined where nothing answers.
 */
export async function findHost(env: HostEnvironment): Promise<Host | undefined> {
  const [task, instance] = await Promise.all([readTask(env), looksLikeEc2(env) ? readInstance(env) : undefined]);
  if (!task || !instance) return task ?? instance;
  return { ...instance, ...task, platform: { ...instance.platform, ...task.platform } };
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
