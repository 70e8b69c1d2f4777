import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Place } from '#test/support/aws-local/place';
import { run } from '#test/support/aws-local/program';
import { environmentOf, type Target } from '#test/support/aws-local/target';
import { root } from '#test/support/command';

/** What CDK says to nobody: its own news and measurements. */
const QUIET = { CDK_DISABLE_CLI_TELEMETRY: 'true', CDK_DISABLE_VERSION_CHECK: '1', NO_COLOR: '1' };
const SYNTH_MS = 180_000;
const DEPLOY_MS = 240_000;

/** The values that a stack puts out, by their names. */
export type Outputs = Readonly<Record<string, string>>;

/** The CDK command line, on an app and a target. */
export class Cdk {
  readonly #place: Place;
  readonly #target: Target;
  readonly #app: string | undefined;

  /** `app`: the command that synthesizes; that of cdk.json where absent. */
  constructor(place: Place, target: Target, app?: string) {
    this.#place = place;
    this.#target = target;
    this.#app = app;
  }

  /** Makes the app's assembly. The slowest step, so it is made once, and deployed and destroyed from. */
  synthesize(): Promise<void> {
    const app = this.#app === undefined ? [] : ['--app', this.#app];
    const local = this.#target.endpoint === undefined ? [] : ['-c', 'local=1'];
    return this.#run('cdk synth', ['synth', '--quiet', '--output', this.#place.assembly, ...app, ...local], SYNTH_MS);
  }

  bootstrap(): Promise<void> {
    const { account, region } = this.#target;
    // Away from cdk.json, whose app bootstrapping has no need of.
    return this.#run('cdk bootstrap', ['bootstrap', `aws://${account}/${region}`], DEPLOY_MS, this.#place.folder);
  }

  /** Deploys every stack of the assembly; what they put out. A custom resource that crashes would hang it for an hour, so its time is bounded. */
  async deploy(): Promise<Outputs> {
    const { assembly, outputs } = this.#place;
    const how = ['--all', '--require-approval', 'never', '--outputs-file', outputs, '--concurrency', '1'];
    await this.#run('cdk deploy', ['deploy', '-a', assembly, ...how], DEPLOY_MS);
    const stacks = JSON.parse(readFileSync(outputs, 'utf8')) as Record<string, Outputs>;
    return Object.assign({}, ...Object.values(stacks));
  }

  async destroy(): Promise<void> {
    if (!existsSync(this.#place.assembly)) return;
    await this.#run('cdk destroy', ['destroy', '-a', this.#place.assembly, '--all', '--force'], DEPLOY_MS);
  }

  #run(what: string, args: readonly string[], limitMs: number, folder = root): Promise<void> {
    const environment = { ...environmentOf(this.#target), ...QUIET };
    const command = join(root, 'node_modules', '.bin', 'cdk');
    const log = this.#place.log('cdk');
    return run(what, { command, args: [...args, '--no-notices', '--ci'], folder, log, environment }, limitMs);
  }
}
