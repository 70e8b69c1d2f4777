import { Validations } from 'aws-cdk-lib';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { HANDLERS, installation } from './support/synthesize.ts';

function checked() {
  const made = installation({
    handlers: HANDLERS,
    queues: { gpu: { servedBy: 'workers' } },
    workers: { image: ContainerImage.fromRegistry('registry.example/workers:1') },
    discovery: { instances: true },
  });
  Validations.of(made.app).addPlugins(new AwsSolutionsChecks(made.app));
  return made;
}

test('cdk-nag finds nothing that has not a reason', () => {
  expect(() => checked().app.synth()).not.toThrow();
});

test('cdk-nag finds a bucket that takes requests without TLS', () => {
  const { app, stack } = checked();
  new Bucket(stack, 'Careless');
  expect(() => app.synth()).toThrow('AwsSolutions-S10');
});
