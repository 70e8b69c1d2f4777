import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { FUNCTIONS_FOLDER } from '#infra/assets';
import { Flowbeat, type FlowbeatProps } from '#infra/flowbeat';

/** A bundle that stands for each function's: what a template says does not depend on it. */
const NAMES = ['api', 'advance', 'executor', 'tick', 'sweeper', 'platform-events', 'charts'];
const folder = mkdtempSync(join(tmpdir(), 'flowbeat-bundles-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const name of NAMES) {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, 'index.mjs'), 'export const handler = async () => {};\n');
}

/** Context by which nothing is bundled. */
export const CONTEXT = { [FUNCTIONS_FOLDER]: folder };

/** A module with handlers, as a user has one. */
export const HANDLERS = { entry: join(import.meta.dirname, 'handlers.ts') };

/** A resource of a template. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
  readonly Metadata?: Record<string, unknown>;
}

/** An installation, in an application of its own. */
export function installation(props: FlowbeatProps = {}, context: Readonly<Record<string, unknown>> = {}) {
  const app = new App({ context: { ...CONTEXT, ...context }, analyticsReporting: false });
  const stack = new Stack(app, 'Test', { stackName: 'test', env: { account: '123456789012', region: 'us-east-1' } });
  const flowbeat = new Flowbeat(stack, 'Flowbeat', props);
  return { app, stack, flowbeat, template: () => Template.fromStack(stack) };
}

/** The resources of a type, by their ids. */
export const resourcesOf = (template: Template, type: string): [string, Resource][] =>
  Object.entries(template.findResources(type)) as [string, Resource][];

/** The template of an installation. */
export const templateOf = (props: FlowbeatProps = {}, context: Readonly<Record<string, unknown>> = {}): Template =>
  installation(props, context).template();
