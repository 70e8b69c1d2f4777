/**
 * `npm run kill -- --kills N --seed S [--workers W] [--json]`: workers are killed at random moments.
 * `npm run kill -- --outage table|queue [--seconds N] [--workers W] [--json]`: DynamoDB or SQS is away for all workers, for a minute where not told.
 *
 * Exit 1 where a run was lost, a commit accepted twice, or an action went on that had to stop.
 */
import { parseArgs } from 'node:util';
import { outage } from '#test/kill/outage';
import { storm } from '#test/kill/storm';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '3' },
    outage: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
  },
});
const [kills, seed, workers, seconds] = [values.kills, values.seed, values.workers, values.seconds].map(Number) as [
  number,
  number,
  number,
  number,
];
if (![kills, seed, workers, seconds].every(Number.isInteger) || kills < 1 || workers < 1 || seconds < 1) {
  console.error(
    '--kills, --seed, --workers and --seconds take whole numbers, as in: npm run kill -- --kills 200 --seed 7',
  );
  process.exit(2);
}
const say = (text: string) => values.json || console.log(text);
if (values.outage === undefined) await kill();
else if (values.outage === 'table' || values.outage === 'queue') await cutOff(values.outage);
else {
  console.error('--outage takes `table` or `queue`, as in: npm run kill -- --outage table --seconds 60');
  process.exit(2);
}

async function kill(): Promise<void> {
  const onKill = (killed: number) => killed % 10 === 0 && say(`${killed} kills`);
  const result = await storm({ kills, seed, workers, onKill });
  const { runs, lost, losses, doubleCommits, takeovers, fallingTerms, unparked } = result;
  if (values.json) console.log(JSON.stringify({ kills, runs, lost, doubleCommits, takeovers, fallingTerms }));
  say(
    `${kills} kills (seed ${seed}), ${runs} runs, ${lost} lost, ${doubleCommits} double commits, ${takeovers} take-overs, ${unparked} parked and woken, ${fallingTerms} falling terms`,
  );
  for (const loss of losses) console.error(loss);
  process.exitCode = lost + doubleCommits + fallingTerms > 0 ? 1 : 0;
}

async function cutOff(service: 'table' | 'queue'): Promise<void> {
  const result = await outage({ service, seconds, workers, say });
  const { runs, wrong, abortedAfterMs, againAfterMs, endedAfterMs, repeated, leasesLost } = result;
  if (values.json) console.log(JSON.stringify(result));
  say(
    `the ${service} away for ${seconds} s, ${workers} workers: ${runs} runs, ${wrong.length} wrong, ${leasesLost} leases lost, ${repeated} actions done again; ` +
      `${abortedAfterMs === undefined ? 'no action aborted' : `actions aborted within ${abortedAfterMs} ms`}, the first went on ${againAfterMs} ms after the mend, the last run ended ${endedAfterMs} ms after it`,
  );
  for (const text of wrong) console.error(text);
  process.exitCode = wrong.length > 0 ? 1 : 0;
}
