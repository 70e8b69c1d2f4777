import type { Host } from '#ports/host';

/** The agent is on the same host; that of a task which begins may be busy. */
const TIMEOUT_MS = 2_000;
/** A change of protection is a call of the ECS API, which the agent makes. */
const PROTECT_TIMEOUT_MS = 5_000;

/** What is read of the environment, which ECS sets. */
export interface TaskEnvironment {
  readonly ECS_CONTAINER_METADATA_URI_V4?: string | undefined;
  readonly ECS_AGENT_URI?: string | undefined;
}

/** What of a task's metadata is read. */
interface TaskMetadata {
  readonly TaskARN?: unknown;
  readonly AvailabilityZone?: unknown;
  readonly Containers?: readonly {
    readonly Networks?: readonly { readonly NetworkMode?: string; readonly IPv4Addresses?: readonly string[] }[];
  }[];
}

/**
 * The ECS task that this process runs in, by task metadata version 4 (docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html);
 * undefined elsewhere, and where it does not answer in time. It does not tell Fargate Spot from Fargate.
 */
export async function readTask(env: TaskEnvironment): Promise<Host | undefined> {
  const { ECS_CONTAINER_METADATA_URI_V4: uri, ECS_AGENT_URI: agent } = env;
  if (!uri) return undefined;
  try {
    const response = await fetch(`${uri}/task`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const { TaskARN: taskArn, AvailabilityZone: zone, Containers } = (await response.json()) as TaskMetadata;
    if (typeof taskArn !== 'string') return undefined;
    const address = addressOf(Containers);
    return {
      platform: { taskArn, ...(typeof zone === 'string' && { zone }), ...(address !== undefined && { address }) },
      ...(agent && { protect: (on: boolean, minutes: number) => protect(agent, on, minutes) }),
    };
  } catch {
    return undefined;
  }
}

/** A task has an address that others may call in the network mode `awsvpc`; in `bridge` its ports have other numbers outside, if any. */
function addressOf(containers: TaskMetadata['Containers']): string | undefined {
  const networks = (containers ?? []).flatMap(({ Networks }) => Networks ?? []);
  return networks.find(({ NetworkMode }) => NetworkMode === 'awsvpc')?.IPv4Addresses?.[0];
}

/** A protected task gets no SIGTERM from scale-in (…/task-scale-in-protection-endpoint.html). */
async function protect(agent: string, on: boolean, minutes: number): Promise<void> {
  const response = await fetch(`${agent}/task-protection/v1/state`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ProtectionEnabled: on, ...(on && { ExpiresInMinutes: minutes }) }),
    signal: AbortSignal.timeout(PROTECT_TIMEOUT_MS),
  });
  const text = await response.text();
  // The agent answers 200 with `failure` where ECS refuses.
  const refused = !response.ok || 'failure' in (JSON.parse(text) as object);
  if (refused) throw new Error(`ECS refused the change of the task's protection: ${text.slice(0, 300)}`);
}
