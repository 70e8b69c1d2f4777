import type { Json } from '#engine/json';
import { errorNames, StatesError } from '#engine/states-error';
import type { ItemStore } from '#ports/item-store';

/** Buckets in memory: an object is the array of its items. */
export class MemoryItems implements ItemStore {
  readonly #objects = new Map<string, { readonly items: readonly Json[]; readonly etag: number }>();
  /** Files of results by `<bucket>/<key>`. */
  readonly written = new Map<string, string>();

  /** Puts an object, in another version than before. */
  put(bucket: string, key: string, items: readonly Json[]): void {
    const name = `${bucket}/${key}`;
    this.#objects.set(name, { items, etag: (this.#objects.get(name)?.etag ?? 0) + 1 });
  }

  open: ItemStore['open'] = async ({ input }, head) => {
    const found = this.#objects.get(`${String(input.Bucket)}/${String(input.Key)}`);
    if (!found) throw new StatesError(errorNames.itemReaderFailed, 'The specified key does not exist.');
    const { items, etag } = found;
    if (head !== undefined && head !== etag)
      throw new StatesError(errorNames.itemReaderFailed, 'The object is another version than when the Map began.');
    return {
      head: etag,
      async *from(cursor) {
        for (let at = Number(cursor ?? 0); at < items.length; at++) yield { value: items[at] as Json, cursor: at };
      },
    };
  };

  write: ItemStore['write'] = async ({ bucket, key }, chunks) => {
    let text = '';
    let size = 0;
    const decoder = new TextDecoder();
    for await (const chunk of chunks) {
      size += chunk.length;
      text += decoder.decode(chunk, { stream: true });
    }
    this.written.set(`${bucket}/${key}`, text + decoder.decode());
    return size;
  };
}
