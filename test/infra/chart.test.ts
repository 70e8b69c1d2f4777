import { Fn } from 'aws-cdk-lib';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Pass, Succeed } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { describe, expect, test } from 'vitest';
import { defaultBounds } from '#engine/jsonata/meter';
import { app } from '#infra/app';
import { Chart, type ChartProps } from '#infra/chart';
import { CONTEXT, installation, type Resource, resourcesOf } from './support/synthesize.ts';

/** What the template says of a chart. */
function put(source: ChartProps['source'], id = 'Hello') {
  const { stack, flowbeat, template } = installation();
  const chart = new Chart(stack, id, { flowbeat, source });
  const [[, { Properties }]] = resourcesOf(template(), 'Custom::FlowbeatChart') as [[string, Resource]];
  return { chart, Properties: Properties as { Name: string; Source: unknown } };
}

const bare = { StartAt: 'Done', States: { Done: { Type: 'Succeed' } } };

describe('a chart', () => {
  test('is a file, which is named by itself', () => {
    const { chart, Properties } = put('examples/hello.yaml');
    expect(chart.name).toBe('hello');
    expect(Properties.Name).toBe('hello');
    expect(JSON.parse(Properties.Source as string)).toMatchObject({ name: 'hello', definition: { StartAt: 'Greet' } });
  });

  test('is an object, which is named by its construct', () => {
    expect(put(bare).Properties).toMatchObject({ Name: 'Hello', Source: JSON.stringify(bare) });
  });

  test('is states of aws-stepfunctions', () => {
    const { stack } = installation();
    const { Properties } = put(new Pass(stack, 'First').next(new Succeed(stack, 'Last')));
    expect(JSON.parse(Properties.Source as string)).toMatchObject({
      StartAt: 'First',
      States: { Last: { Type: 'Succeed' } },
    });
  });

  test('that calls a function of the stack is checked with an ARN in its place, and may call it', () => {
    const { stack, flowbeat, template } = installation();
    const lambdaFunction = LambdaFunction.fromFunctionArn(stack, 'Mine', Fn.importValue('mine'));
    new Chart(stack, 'Hello', { flowbeat, source: new LambdaInvoke(stack, 'Call', { lambdaFunction }) });
    const policies = JSON.stringify(template().findResources('AWS::IAM::Policy'));
    expect(policies).toContain('lambda:InvokeFunction');
  });

  test('that is not valid is refused at synth, with all that is wrong with it', () => {
    const wrong = { StartAt: 'A', States: { A: { Type: 'Pass', Next: 'C' }, B: { Type: 'Psas' } } };
    for (const pointer of ['/States/A/Next', '/States/B/Type', '/States/B:']) expect(() => put(wrong)).toThrow(pointer);
  });

  test('that names a queue that was not made is refused, with those that were', () => {
    const elsewhere = { name: 'x', queue: 'gpu', definition: bare };
    expect(() => put(elsewhere)).toThrow(
      'names the queue gpu, which the installation test does not have (it has: default)',
    );
  });

  test('is put again where the bounds of its expressions change, and refused where it asks for more', () => {
    const { stack, flowbeat, template } = installation({ bounds: { fuel: 50_000 } });
    new Chart(stack, 'Hello', { flowbeat, source: bare });
    const greedy = { name: 'greedy', bounds: { fuel: 60_000 }, definition: bare };
    expect(() => new Chart(stack, 'Greedy', { flowbeat, source: greedy })).toThrow('allows 50000 at most');
    const [[, { Properties }]] = resourcesOf(template(), 'Custom::FlowbeatChart') as [[string, Resource]];
    expect(JSON.parse(Properties.Bounds as string)).toEqual({ ...defaultBounds, fuel: 50_000 });
    const functions = resourcesOf(template(), 'AWS::Lambda::Function');
    for (const [, each] of functions) expect(JSON.stringify(each)).toContain('"FLOWBEAT_EXPRESSION_FUEL":"50000"');
    expect(() => installation({ bounds: { size: 1.5 } })).toThrow('it must be a whole number from 1000 to 100000000');
  });

  test('that CloudFormation cannot hand over is refused', () => {
    const large = { ...bare, Comment: 'x'.repeat(250_000) };
    expect(() => put(large)).toThrow('CloudFormation hands over 200000 at most');
  });
});

test("the repository's own application has the examples in it, and no workers", () => {
  const assembly = app({ context: CONTEXT }).synth();
  const { template } = assembly.getStackByName('flowbeat');
  const types = Object.values(template.Resources as Record<string, { Type: string }>).map(({ Type }) => Type);
  expect(types.filter((type) => type === 'Custom::FlowbeatChart').length).toBeGreaterThanOrEqual(5);
  expect(types).not.toContain('AWS::ECS::Service');
  expect(Object.keys(template.Outputs)).toContain('ApiUrl');
});
