import { App, Stack } from 'aws-cdk-lib';
import { Chart } from '#infra/chart';
import { Flowbeat } from '#infra/flowbeat';

/** The repository's own application: an installation without workers, with the examples in it. */
export function app(options: ConstructorParameters<typeof App>[0] = {}): App {
  const application = new App(options);
  const stack = new Stack(application, 'Flowbeat', {
    stackName: String(application.node.tryGetContext('name') ?? 'flowbeat'),
    description: 'Flowbeat: a flow-chart scheduler',
  });
  const flowbeat = new Flowbeat(stack, 'Flowbeat', {
    handlers: { entry: `${EXAMPLES}/handlers.ts` },
    // For charts of one's own with workers that one starts oneself.
    queues: { workers: { servedBy: 'workers' } },
  });
  for (const file of ['hello.yaml', 'callback.yaml', 'parallel.yaml', 'retry.yaml', 'schedule.yaml']) {
    new Chart(stack, file.replace('.yaml', ''), { flowbeat, source: `${EXAMPLES}/${file}` });
  }
  return application;
}

const EXAMPLES = `${import.meta.dirname}/../examples`;
