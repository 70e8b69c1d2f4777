const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 with padding (RFC 4648, section 4). */
export const toBase64 = (bytes: Uint8Array): string => {
  // Texts of a few thousand characters at most grow by one: a text of millions would be millions of objects.
  const parts: string[] = [];
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    if (text.length > 4096) {
      parts.push(text);
      text = '';
    }
    const [a = 0, b, c] = [bytes[i], bytes[i + 1], bytes[i + 2]];
    text += alphabet[a >> 2];
    text += alphabet[((a & 3) << 4) | ((b ?? 0) >> 4)];
    text += b === undefined ? '=' : alphabet[((b & 15) << 2) | ((c ?? 0) >> 6)];
    text += c === undefined ? '=' : alphabet[c & 63];
  }
  parts.push(text);
  return parts.join('');
};

/** The bytes of a Base64 text, of either alphabet (RFC 4648, sections 4 and 5). As AWS reads it: padding ends it and may be missing, any other character is passed over. */
export const fromBase64 = (text: string): Uint8Array => {
  const bytes = new Uint8Array((text.length * 3) >> 2);
  let buffer = 0;
  let bits = 0;
  let at = 0;
  for (const char of text) {
    if (char === '=') break;
    const value = sextets.get(char);
    if (value === undefined) continue;
    buffer = ((buffer << 6) | value) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (buffer >> bits) & 255;
    }
  }
  return bytes.subarray(0, at);
};

const sextets: ReadonlyMap<string, number> = new Map([
  ...[...alphabet].map((char, i): [string, number] => [char, i]),
  ['-', 62],
  ['_', 63],
]);
