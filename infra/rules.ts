import { Duration } from 'aws-cdk-lib';
import { type EventPattern, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

/** What the rules call. */
export interface RulesProps {
  readonly tick: IFunction;
  readonly sweeper: IFunction;
  readonly platformEvents: IFunction;
  readonly local: boolean;
}

const MINUTE = Duration.minutes(1);

/** What calls functions by the clock, and by what happens to the machines that workers run on. Rules and AWS's own events cost nothing. */
export function addRules(scope: Construct, { tick, sweeper, platformEvents, local }: RulesProps): void {
  const rules = new Construct(scope, 'Rules');
  everyMinute(rules, 'Tick', 'Sends what is due, starts what is scheduled.', tick);
  everyMinute(rules, 'Sweeper', 'Looks for workers that have died, and for flows that nobody looks after.', sweeper);
  for (const [id, { description, pattern }] of Object.entries(PLATFORM_EVENTS)) {
    const source = pattern.source.flatMap((name) => (local ? [name, name.replace(/^aws/, LOCAL_SOURCE)] : [name]));
    new Rule(rules, id, {
      description,
      eventPattern: { ...pattern, source },
      targets: [new LambdaTarget(platformEvents)],
    });
  }
}

/** Nobody may send events in AWS's name, on an emulator neither: `flowbeat.ecs` stands for `aws.ecs` there. */
export const LOCAL_SOURCE = 'flowbeat';

/** A call that comes late is of no use: the next one does its work. */
function everyMinute(scope: Construct, id: string, description: string, target: IFunction): void {
  const lambda = new LambdaTarget(target, { maxEventAge: MINUTE, retryAttempts: 1 });
  new Rule(scope, id, { description, schedule: Schedule.rate(MINUTE), targets: [lambda] });
}

interface PlatformEvent {
  readonly description: string;
  readonly pattern: EventPattern & { readonly source: string[] };
}

/** What happens to machines. Of a task and an instance that has ended the event is a sign, to which AWS's answer is the second; a warning lets the worker drain. */
export const PLATFORM_EVENTS: Readonly<Record<'Tasks' | 'Instances' | 'SpotNotices', PlatformEvent>> = {
  Tasks: {
    description: 'ECS tasks that have stopped or are told to: workers, and tasks that a chart waits for.',
    pattern: {
      source: ['aws.ecs'],
      detailType: ['ECS Task State Change'],
      detail: { desiredStatus: ['STOPPED'] },
    },
  },
  Instances: {
    description: 'EC2 instances that have gone.',
    pattern: {
      source: ['aws.ec2'],
      detailType: ['EC2 Instance State-change Notification'],
      detail: { state: ['stopped', 'terminated'] },
    },
  },
  SpotNotices: {
    description: 'EC2 Spot instances that have two minutes left, or are likely to be taken back soon.',
    pattern: {
      source: ['aws.ec2'],
      detailType: ['EC2 Spot Instance Interruption Warning', 'EC2 Instance Rebalance Recommendation'],
    },
  },
};
