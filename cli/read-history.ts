import { type Client, runPath } from '#cli/client';
import type { HistoryEvent, HistoryPage } from '#http/contract/history';

const PAGE = 1000;

/** The history of a run as it stands, event by event, at most `limit` of them. */
export async function* readHistory(
  client: Client,
  run: string,
  limit: number = Number.POSITIVE_INFINITY,
): AsyncGenerator<HistoryEvent> {
  let cursor: string | undefined;
  let left = limit;
  while (left > 0) {
    const asked = Math.min(left, PAGE);
    const { body } = await client.call<HistoryPage>(`${runPath(run)}/history`, { query: { limit: asked, cursor } });
    yield* body.items;
    left -= body.items.length;
    // A run that goes on keeps a cursor for what is still to come; a page that is not full is the end of what there is.
    if (body.cursor === undefined || body.items.length < asked) return;
    cursor = body.cursor;
  }
}
