/** `npm run aws:local`: the whole installation on an emulator of AWS, with a worker beside it. */
import { takeDown } from '#test/support/aws-local/down';
import { type Options, readOptions, USAGE } from '#test/support/aws-local/options';
import { Place } from '#test/support/aws-local/place';
import { stop } from '#test/support/aws-local/program';
import { note, noted } from '#test/support/aws-local/record';
import { settingsOf } from '#test/support/aws-local/target';
import { bringUp, type Deployed } from '#test/support/aws-local/up';
import { startWorker } from '#test/support/aws-local/worker';

const place = new Place();
/** The name of the repository's own stack. */
const STACK = 'flowbeat';
const say = (text: string) => console.log(text);

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    say(USAGE);
    return 0;
  }
  if (options.down) {
    await takeDown({ place, say, purge: options.purge });
    say(
      options.purge
        ? 'Nothing is left.'
        : `Nothing is left but MiniStack's Python, for the next time: ${place.python} (--purge takes it too).`,
    );
    return 0;
  }
  if (noted(place)) {
    say('It runs already, or ended without being taken down. First: npm run aws:local -- --down');
    return 2;
  }
  const stopped = stopSignal();
  const begun = begin(options);
  try {
    await Promise.race([begun, stopped]);
    if (options.detach && !stopped.done) {
      say('It runs on. To take it away: npm run aws:local -- --down');
      return 0;
    }
    if (!stopped.done) say(options.target ? 'Ctrl-C stops the worker.' : 'Ctrl-C takes all of it away.');
    await stopped;
  } catch (error) {
    await end(options);
    throw error;
  }
  begun.catch(() => {});
  await end(options);
  return 0;
}

/** An emulator of our own goes with what is in it; a stack that stands elsewhere is taken away by who says so. */
async function end({ target }: Options): Promise<void> {
  if (!target) return takeDown({ place, say });
  const { worker } = noted(place) ?? {};
  if (worker !== undefined) await stop(worker);
  say('The stack stays. To take it away: npm run aws:local -- --down');
}

async function begin({ target, handlers }: Options): Promise<void> {
  const deployed = await bringUp({ place, say, ...(target && { target }) });
  say('Starting a worker.');
  const worker = await startWorker(place, deployed.target, deployed, { name: 'aws-local', handlers });
  note(place, { ...deployed.running, worker });
  say(whatToType(deployed));
}

/** What to type, with the credentials that an emulator takes. */
function whatToType({ api, target: { endpoint, region } }: Deployed): string {
  const variables = endpoint === undefined ? [] : Object.entries(settingsOf(endpoint, region));
  return [
    '',
    `The API: ${api}/v1`,
    '',
    ...variables
      .filter(([name]) => !name.startsWith('AWS_DEFAULT'))
      .map(([name, value]) => `  export ${name}=${value}`),
    `  export FLOWBEAT_STACK=${STACK}`,
    `  npx flowbeat runs start hello --input '{"name":"Ada"}' --watch`,
    '  npx flowbeat runs list',
    '  npx flowbeat workers list',
    '',
    `What it says: ${place.log('worker')}, ${place.log('ministack')}, ${place.log('cdk')}`,
  ].join('\n');
}

/** Resolves at the first signal that asks to stop. Another one is not heard: what is taken away is taken away wholly. */
function stopSignal(): Promise<void> & { readonly done: boolean } {
  let done = false;
  const stopped = new Promise<void>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(name, () => {
        done = true;
        resolve();
      });
    }
  });
  return Object.defineProperty(stopped, 'done', { get: () => done }) as typeof stopped & { readonly done: boolean };
}

try {
  // Nothing else keeps the process alive while it waits for a signal.
  const alive = setInterval(() => {}, 2 ** 30);
  process.exitCode = await main();
  clearInterval(alive);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
