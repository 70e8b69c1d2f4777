/**
 * The universal web globals the engine may use. Everything here exists in Node, Lambda, browsers and worker threads, is pure, and
 * reads neither clock nor entropy.
 */
declare class TextEncoder {
  encode(text: string): Uint8Array;
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean });
  decode(bytes: Uint8Array): string;
}
