import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { app } from '#infra/app';
import { Flowbeat } from '#infra/flowbeat';
import { Sweeper } from '#scheduler/sweeper/sweep';
import { tickAhead } from '#scheduler/tick-ahead';
import { CONTEXT } from '#test/infra/support/synthesize';
import { alone } from '../bar.ts';
import { type CostTemplate, monthlyCost, totalOf, type Usage } from './bill.ts';
import type { Part } from './part.ts';
import { openRig } from './rig.ts';

const WINDOW_MS = 30_000;
const MOST = { bar: 3, is: 'at most' } as const;
/** Not counted: how long a warm call of 256 MB takes. */
const CALL_SECONDS = 0.1;

/** What an installation costs a month while nothing happens: what its synthesized template holds, and what tick and sweeper ask for each minute. */
export const idle: Part = {
  name: 'idle',
  async measure({ folder }) {
    const usage = await countIdle();
    const counts = Object.entries(templates(folder)).flatMap(([what, template]) => {
      const items = monthlyCost(template, usage);
      const paid = items.filter(({ count }) => count > 0);
      return [
        ...paid.map(({ name, count, unit, dollars }) =>
          alone(
            `idle, ${what}, ${name}`,
            '$ a month',
            dollars,
            undefined,
            `${Math.round(count).toLocaleString('en-US')} ${unit}`,
          ),
        ),
        alone(`idle, ${what}, in all`, '$ a month', totalOf(items), MOST, 'without free tiers but that of dashboards'),
      ];
    });
    const { reads, writes } = usage.minute;
    return {
      counts,
      notes: [
        `idle: of the synthesized templates; tick and sweep of a minute take ${reads} read and ${writes} write units, counted without charts, and ${CALL_SECONDS} s each, assumed; a trigger adds the reads of its row`,
        'idle: Lambda looks at each queue of its own with five connections of 20 s; functions log nothing and write no metric while all is well',
      ],
    };
  },
};

/** What is asked for in a minute without runs and workers, by the tick and the sweeper that functions call. */
async function countIdle(): Promise<Usage> {
  await using rig = await openRig();
  const sweeper = new Sweeper(rig.s, { windowMs: WINDOW_MS, perMinute: 6_000 });
  // The first sweep takes the day's census.
  await sweeper.sweep(undefined, () => true);
  const { reads, writes, leases } = await rig.count(async () => {
    await tickAhead(rig.s, () => true);
    await sweeper.sweep(undefined, () => true);
  });
  return {
    workers: 0,
    windowMs: WINDOW_MS,
    beatUnits: 1,
    wake: { reads: 0, writes: 0 },
    minute: { reads: reads + leases, writes },
    callSeconds: CALL_SECONDS,
    tableGb: 0,
  };
}

/** The repository's own application, which runs handlers in a Lambda, and an installation with workers in containers instead. */
function templates(folder: string): Readonly<Record<string, CostTemplate>> {
  const options = { context: CONTEXT, analyticsReporting: false };
  const own = app({ ...options, outdir: join(folder, 'own') });
  const other = new App({ ...options, outdir: join(folder, 'workers') });
  const stack = new Stack(other, 'Workers', { stackName: 'workers' });
  new Flowbeat(stack, 'Flowbeat', { workers: { image: ContainerImage.fromRegistry('registry.example/workers:1') } });
  const of = (each: App, name: string): CostTemplate => each.synth().getStackByName(name).template;
  return { 'handlers in a Lambda': of(own, 'flowbeat'), 'workers in containers': of(other, 'workers') };
}
