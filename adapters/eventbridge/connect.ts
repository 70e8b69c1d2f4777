import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { EventBridgeRunEvents } from '#adapters/eventbridge/run-events';
import type { RunEvents } from '#ports/run-events';

/** An answer that does not come in this time is given up. */
const PATIENCE = { connectionTimeout: 3_000, requestTimeout: 5_000, throwOnRequestTimeout: true } as const;

/** The bus of the account and region that the environment names. */
export function connectEventBridge(bus: string): { readonly runEvents: RunEvents; close(): void } {
  const client = new EventBridgeClient({ requestHandler: PATIENCE });
  return { runEvents: new EventBridgeRunEvents(client, bus), close: () => client.destroy() };
}
