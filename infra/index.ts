/** `flowbeat/cdk`: an installation of Flowbeat, and the charts that it runs, as constructs of the AWS CDK. */
export type { ApiKind, Authorizer } from '#infra/api';
export { Chart, type ChartProps } from '#infra/chart';
export { Flowbeat, type FlowbeatProps, type QueueProps } from '#infra/flowbeat';
export type { HandlersProps } from '#infra/handlers';
export type { NetworkProps } from '#infra/network';
export type { Capacity, WorkersProps } from '#infra/worker-props';
