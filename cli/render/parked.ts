import { sentence } from '#cli/render/style';
import type { RunDetail } from '#http/contract/run';

/** When the flow that `whyParked` tells of was parked. */
export const parkedAt = ({ flows }: RunDetail): string | undefined =>
  flows.find(({ status }) => status === 'Parked')?.updatedAt;

/** Why a flow of a run is parked, and what lets it go on; undefined where none of those told is. Only a person can wake it, so it has to be told. */
export function whyParked({ run, flows }: RunDetail): string | undefined {
  const parked = flows.find(({ status }) => status === 'Parked');
  if (!parked) return undefined;
  const { at, takenOver } = parked;
  const why =
    takenOver?.status === 'Parked' ? 'its chart says failover: off' : 'it was claimed too often without a commit';
  const ground = takenOver ? ` Taken from ${takenOver.fromWorker}: ${sentence(takenOver.evidence.text)}` : '';
  return `at "${at}": ${why}.${ground} To let it go on: flowbeat runs redrive ${run}`;
}
