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

/** The bytes of a Base64 text; `undefined` where it is none. Padding may be missing. */
export const fromBase64 = (text: string): Uint8Array | undefined => {
  let end = text.length;
  while (end > 0 && end > text.length - 2 && text[end - 1] === '=') end--;
  if (end % 4 === 1) return undefined;
  const bytes = new Uint8Array((end * 3) >> 2);
  let buffer = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < end; i++) {
    const value = alphabet.indexOf(text[i] as string);
    if (value < 0) return undefined;
    buffer = ((buffer << 6) | value) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (buffer >> bits) & 255;
    }
  }
  return bytes;
};
