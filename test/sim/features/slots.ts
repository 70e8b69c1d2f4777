import type { ScheduleTrigger } from '#engine/chart/chart';
import { slotsBetween } from '#engine/schedule';
import { epoch } from '#engine/time';
import { rootFlow, runId } from '#ports/ids';
import { fireTriggers, slotName } from '#scheduler/triggers';
import { type Case, Generator } from '#test/sim/cases';
import { every } from '#test/sim/controllers';
import type { Feature } from '#test/sim/features/feature';
import type { Stage } from '#test/sim/stage';
import { EPOCH } from '#test/sim/world';
import type { Random } from '#test/support/random';

/** Triggers are looked at for so long after the faults: then each slot has its run. */
const FIRES_ON_MS = 50_000;
/** What an evaluation may be late or early by: the skew of its clock, its own interval, slow calls. */
const MARGIN_MS = 15_000;

const NAME = 'scheduled';

/** Charts that a schedule starts, and two controllers at once that evaluate it, by clocks that differ (L9). */
export const slots: Feature = {
  odds: 0.2,
  cases: (cases, random) => [...cases, scheduled(NAME, random.pick(['*/10 * * * * *', '5,25,45 * * * * *']), random)],
  act: (stage, random, until) => {
    const end = until + FIRES_ON_MS;
    for (let i = 0; i < 2; i++) bearEvaluator(stage, random, end);
    return { busy: () => stage.world.now < end, wrong: () => missing(stage, NAME, until + MARGIN_MS, end - MARGIN_MS) };
  },
};

/** A chart that a schedule starts. */
export function scheduled(name: string, schedule: string, random: Random): Case {
  const definition = new Generator(random).sequence(1, random.between(1, 2));
  definition.States.begin = { Type: 'Pass', Parameters: { n: 1 }, Next: definition.StartAt };
  const triggers = [{ schedule, timezone: 'Europe/Berlin' }];
  return { name, definition: { ...definition, StartAt: 'begin' }, envelope: { triggers }, input: null };
}

function bearEvaluator(stage: Stage, random: Random, end: number): void {
  const { world } = stage;
  const process = stage.process('evaluator', random);
  const s = stage.schedulerOf(process);
  process.onCrash = () => {
    stage.gone(process);
    world.at(world.now + random.between(500, 15_000), () => bearEvaluator(stage, random, end));
  };
  every(process, 1_000, async () => {
    if (world.now < end) await fireTriggers(s, versionsOf(stage, NAME));
  });
}

/** The chart of that name, as whoever evaluates its triggers lists it. */
export const versionsOf = ({ versions }: Stage, chart: string) => versions.filter(({ name }) => name === chart);

/** The first slot of a chart in calm times that has no run. */
export function missing({ store, charts }: Stage, name: string, from: number, to: number): string | undefined {
  const { triggers } = charts.get(name)!;
  for (const slot of triggers.flatMap((trigger) => slotsOf(trigger, from, to)))
    if (!store.flows.has(rootFlow(runId(name, slotName(slot)))))
      return `L9: slot ${slotName(slot)} of ${name} has no run`;
  return undefined;
}

const slotsOf = ({ schedule, timezone }: ScheduleTrigger, from: number, to: number) =>
  slotsBetween(schedule, timezone, epoch(EPOCH + from), epoch(EPOCH + to));
