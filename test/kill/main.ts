/** `npm run kill -- --kills N --seed S [--workers W] [--json]`: exit 1 where a run was lost or a commit accepted twice. */
import { parseArgs } from 'node:util';
import { storm } from '#test/kill/storm';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const [kills, seed, workers] = [Number(values.kills), Number(values.seed), Number(values.workers)];
if (![kills, seed, workers].every(Number.isInteger) || kills < 1 || workers < 1) {
  console.error('--kills, --seed and --workers take whole numbers, as in: npm run kill -- --kills 200 --seed 7');
  process.exit(2);
}
const onKill = (killed: number) => {
  if (!values.json && killed % 10 === 0) console.log(`${killed} kills`);
};
const result = await storm({ kills, seed, workers, onKill });
const { runs, lost, losses, doubleCommits, takeovers, fallingTerms, unparked } = result;
if (values.json) console.log(JSON.stringify({ kills, runs, lost, doubleCommits, takeovers, fallingTerms }));
else {
  console.log(
    `${kills} kills (seed ${seed}), ${runs} runs, ${lost} lost, ${doubleCommits} double commits, ${takeovers} take-overs, ${unparked} parked and woken, ${fallingTerms} falling terms`,
  );
}
for (const loss of losses) console.error(loss);
process.exitCode = lost + doubleCommits + fallingTerms > 0 ? 1 : 0;
