import { alone, type Result } from '../bar.ts';
import { ACTIONS } from '../floor.ts';
import type { Part } from './part.ts';
import { PRICES, RIVALS } from './prices.ts';

const MILLION = 1e6;

/** What is assumed beside what is counted. */
const ASSUMED = {
  /** From the handler's return to the next action: one DynamoDB write, in seconds. */
  commit: 0.01,
  /** Memory of a Lambda that runs handlers, in GB. */
  lambdaGb: 0.5,
  /** A task on Fargate: 1 vCPU, 2 GB; 50 places; at most 400 actions a second by its processor; half of its time busy. */
  vcpus: 1,
  taskGb: 2,
  places: 50,
  mostPerSecond: 400,
  busy: 0.5,
  /** A start over HTTP: one request and 50 ms of Lambda, once a run. */
  startSeconds: 0.05,
  /** Bytes of logs for each call of a Lambda: its report, and a line of ours. */
  logBytes: 500,
  expressGb: 0.0625,
  /** What Step Functions and durable functions add to an action, in seconds: a Lambda's call, a checkpoint. */
  expressOverhead: 0.03,
  durableOverhead: 0.02,
} as const;

const DURATIONS = [0, 0.1, 1] as const;

/** Dollars for a million actions at listed prices, compute and logs included. */
export const prices: Part = {
  name: 'prices',
  async measure(_setting, before) {
    const counts = DURATIONS.flatMap((seconds) => {
      const ways: Record<string, number | undefined> = {
        'by workers on Fargate': byWorkers(seconds, before),
        'by Lambda alone': byLambda(seconds, before),
        'Step Functions Standard': RIVALS.standardTransition + lambdaAction(seconds),
        'Step Functions Express': express(seconds),
        'Lambda durable functions': durable(seconds),
      };
      return Object.entries(ways).flatMap(([way, each]) =>
        each === undefined
          ? []
          : [
              alone(
                `prices, ${seconds * 1_000} ms, ${way}`,
                '$ a million actions',
                each * MILLION,
                undefined,
                'see the notes',
              ),
            ],
      );
    });
    return { counts, notes: NOTES };
  },
};

function byWorkers(seconds: number, before: readonly Result[]): number | undefined {
  const state = stateCost('worker, one chain', before);
  if (state === undefined) return undefined;
  const { places, commit, mostPerSecond, busy, vcpus, taskGb } = ASSUMED;
  const perSecond = Math.min(places / (seconds + commit), mostPerSecond) * busy;
  const task = (vcpus * PRICES.fargateVcpuHour + taskGb * PRICES.fargateGbHour) / 3_600 / perSecond;
  return state + task + startOfRun() / ACTIONS;
}

function byLambda(seconds: number, before: readonly Result[]): number | undefined {
  const state = stateCost('lambda, one chain', before);
  if (state === undefined) return undefined;
  const { commit, lambdaGb } = ASSUMED;
  const running = (seconds + commit) * lambdaGb * PRICES.lambdaGbSecond;
  return state + running + (PRICES.lambdaRequest + logs() + startOfRun()) / ACTIONS;
}

/** What was counted, an action. */
function stateCost(chain: string, before: readonly Result[]): number | undefined {
  const value = (what: string) => before.find(({ name }) => name === `${chain}, ${what}`)?.value;
  const [writes, reads, requests] = [value('writes'), value('reads'), value('SQS')];
  if (writes === undefined || reads === undefined || requests === undefined) return undefined;
  return writes * PRICES.writeUnit + reads * PRICES.readUnit + requests * PRICES.sqsRequest;
}

const logs = () => (ASSUMED.logBytes / 1e9) * PRICES.logGb;

const startOfRun = () =>
  PRICES.httpApiRequest +
  PRICES.lambdaRequest +
  ASSUMED.startSeconds * ASSUMED.lambdaGb * PRICES.lambdaGbSecond +
  logs();

/** An action that a Lambda of its own runs. */
const lambdaAction = (seconds: number) =>
  PRICES.lambdaRequest + seconds * ASSUMED.lambdaGb * PRICES.lambdaGbSecond + logs();

const express = (seconds: number) =>
  RIVALS.expressRequest / ACTIONS +
  (seconds + ASSUMED.expressOverhead) * ASSUMED.expressGb * RIVALS.expressGbSecond +
  lambdaAction(seconds);

const durable = (seconds: number) =>
  RIVALS.durableOperation * (1 + 1 / ACTIONS) +
  (seconds + ASSUMED.durableOverhead) * ASSUMED.lambdaGb * PRICES.lambdaGbSecond +
  (PRICES.lambdaRequest + logs()) / ACTIONS;

const NOTES = [
  `prices: runs of ${ACTIONS} actions; listed prices of us-east-1, arm64; no free tier. Units and requests as counted above for one chain by itself`,
  `prices, by workers: units + requests + a task of ${ASSUMED.vcpus} vCPU and ${ASSUMED.taskGb} GB / (min(${ASSUMED.places} places / (duration + ${ASSUMED.commit * 1_000} ms), ${ASSUMED.mostPerSecond} a second) x ${ASSUMED.busy}) + a start over HTTP / ${ACTIONS}. Workers log nothing for a run`,
  `prices, by Lambda alone: units + requests + (duration + ${ASSUMED.commit * 1_000} ms) x ${ASSUMED.lambdaGb} GB + (a call + ${ASSUMED.logBytes} bytes of logs + a start over HTTP) / ${ACTIONS}`,
  `prices, Standard: one transition an action ($25 a million) + a Lambda of ${ASSUMED.lambdaGb} GB for each; not the starts, nor states beside the actions`,
  `prices, Express: a request a run + (duration + ${ASSUMED.expressOverhead * 1_000} ms) x 64 MB + a Lambda for each action; five minutes at most, at least once`,
  `prices, durable functions: 1.1 operations an action ($8 a million) + (duration + ${ASSUMED.durableOverhead * 1_000} ms) x ${ASSUMED.lambdaGb} GB; not the data written`,
];
