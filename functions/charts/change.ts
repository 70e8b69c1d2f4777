import { z } from 'zod';
import { FlowbeatError } from '#ports/errors';
import type { Scheduler } from '#scheduler/context';
import type { Operations } from '#scheduler/operations';

/** What a `Chart` of the stack says: CloudFormation hands it over as texts. */
export const chartProperties = z.object({
  /** The name under which the chart is stored. */
  Name: z.string().min(1),
  /** The chart as JSON. */
  Source: z.string().min(1),
});

/** A change of the stack, as CloudFormation tells it; what else it says is not looked at. */
export const chartChange = z.discriminatedUnion('RequestType', [
  z.object({ RequestType: z.literal('Create'), ResourceProperties: chartProperties }),
  z.object({ RequestType: z.literal('Update'), ResourceProperties: chartProperties, PhysicalResourceId: z.string() }),
  z.object({ RequestType: z.literal('Delete'), PhysicalResourceId: z.string() }),
]);

/** A change of the stack. */
export type ChartChange = z.infer<typeof chartChange>;

/** What CloudFormation is to remember: the id under which it will ask for the deletion, and what the template may refer to. */
export interface Changed {
  readonly id: string;
  readonly data: Readonly<Record<string, string>>;
}

/** What the id of a chart begins with. An id that does not was never a chart of ours: its deletion leaves everything as it is. */
const PREFIX = 'chart:';

/** What the installation keeps of the resources that a chart belongs to. */
type Settings = Pick<Scheduler['store'], 'readSetting' | 'writeSetting'>;

/**
 * Carries a change out. Each may be asked for twice: a chart that is there already makes no new version, one that is gone is gone. Where the name
 * has changed so has the id, and CloudFormation then asks for the deletion of the old one.
 *
 * A construct that is given another id or place is another `resource` (its stack and logical id) with the same chart, and the old one is deleted after the new
 * one is made, or the new one where the deployment is rolled back. So the resources of each chart are kept, and it goes with the last of them.
 */
export async function applyChange(
  operations: Pick<Operations, 'putChart' | 'deleteChart'>,
  settings: Settings,
  change: ChartChange,
  resource: string,
): Promise<Changed> {
  if (change.RequestType === 'Delete') {
    const id = change.PhysicalResourceId;
    if (id.startsWith(PREFIX)) {
      const name = id.slice(PREFIX.length);
      const others = await changeOwners(settings, name, (owners) => owners.filter((owner) => owner !== resource));
      if (others.length === 0) await deleteChart(operations, name);
    }
    return { id, data: {} };
  }
  const { Name, Source } = change.ResourceProperties;
  const { chart } = await operations.putChart(Source, Name);
  await changeOwners(settings, chart.name, (owners) => [...new Set([...owners, resource])]);
  return { id: PREFIX + chart.name, data: { Name: chart.name, Version: String(chart.version) } };
}

async function changeOwners(
  settings: Settings,
  chart: string,
  to: (owners: readonly string[]) => readonly string[],
): Promise<readonly string[]> {
  const key = `chart.resources.${chart}`;
  for (;;) {
    const stored = await settings.readSetting(key);
    const owners = to((stored ?? []) as readonly string[]);
    if (await settings.writeSetting(key, owners, stored)) return owners;
  }
}

async function deleteChart(operations: Pick<Operations, 'deleteChart'>, name: string): Promise<void> {
  try {
    await operations.deleteChart(name);
  } catch (error) {
    if (!(error instanceof FlowbeatError && error.code === 'CHART_NOT_FOUND')) throw error;
  }
}

/**
 * The id of a change that failed. A failed first change must not get a chart's id: CloudFormation rolls it back by a deletion, which would take
 * away a chart of that name that somebody else had put.
 */
export const idOfFailed = (given: { readonly PhysicalResourceId?: string; readonly RequestId: string }): string =>
  given.PhysicalResourceId ?? `failed:${given.RequestId}`;
