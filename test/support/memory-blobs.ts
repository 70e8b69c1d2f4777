import type { RemovableBlobs } from '#ports/blobs';

/** Bytes in a map. */
export class MemoryBlobs implements RemovableBlobs {
  readonly objects = new Map<string, Uint8Array>();

  async put(key: string, bytes: Uint8Array): Promise<void> {
    this.objects.set(key, bytes);
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.objects.get(key);
  }

  async drop(key: string): Promise<void> {
    this.objects.delete(key);
  }
}
