/** Message digests in plain TypeScript: the engine may use no module of a runtime. RFC 1321 (MD5), FIPS 180-4 (SHA). */

const hex = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
};

/** Pads a message to whole blocks: one bit, zeros, and its length in bits at the end. */
const padded = (message: Uint8Array, block: 64 | 128, littleEndian: boolean): DataView => {
  const lengthBytes = block / 8;
  const size = Math.ceil((message.length + 1 + lengthBytes) / block) * block;
  const bytes = new Uint8Array(size);
  bytes.set(message);
  bytes[message.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setBigUint64(littleEndian ? size - lengthBytes : size - 8, BigInt(message.length) * 8n, littleEndian);
  return view;
};

const rotl = (x: number, n: number): number => (x << n) | (x >>> (32 - n));
const rotr = (x: number, n: number): number => (x >>> n) | (x << (32 - n));

const out32 = (words: readonly number[] | Uint32Array, littleEndian: boolean): Uint8Array => {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words.entries()) view.setUint32(i * 4, word >>> 0, littleEndian);
  return bytes;
};

const md5Shifts = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21] as const;
const md5Sines = Uint32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32));

/** MD5 of a message. */
export const md5 = (message: Uint8Array): Uint8Array => {
  const view = padded(message, 64, true);
  let [a0, b0, c0, d0] = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
  for (let offset = 0; offset < view.byteLength; offset += 64) {
    let [a, b, c, d] = [a0, b0, c0, d0];
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      const f =
        round === 0 ? (b & c) | (~b & d) : round === 1 ? (d & b) | (~d & c) : round === 2 ? b ^ c ^ d : c ^ (b | ~d);
      const g = round === 0 ? i : round === 1 ? (5 * i + 1) & 15 : round === 2 ? (3 * i + 5) & 15 : (7 * i) & 15;
      const sum = (a + f + (md5Sines[i] as number) + view.getUint32(offset + g * 4, true)) | 0;
      [a, d, c] = [d, c, b];
      b = (b + rotl(sum, md5Shifts[round * 4 + (i & 3)] as number)) | 0;
    }
    [a0, b0, c0, d0] = [(a0 + a) | 0, (b0 + b) | 0, (c0 + c) | 0, (d0 + d) | 0];
  }
  return out32([a0, b0, c0, d0], true);
};

/** SHA-1 of a message. */
export const sha1 = (message: Uint8Array): Uint8Array => {
  const view = padded(message, 64, false);
  const h = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
  const w = new Int32Array(80);
  for (let offset = 0; offset < view.byteLength; offset += 64) {
    for (let i = 0; i < 80; i++) {
      w[i] = i < 16 ? view.getInt32(offset + i * 4) : rotl(w[i - 3]! ^ w[i - 8]! ^ w[i - 14]! ^ w[i - 16]!, 1);
    }
    let [a, b, c, d, e] = h as unknown as [number, number, number, number, number];
    for (let i = 0; i < 80; i++) {
      const f = i < 20 ? (b & c) | (~b & d) : i < 40 || i >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
      const k = i < 20 ? 0x5a827999 : i < 40 ? 0x6ed9eba1 : i < 60 ? 0x8f1bbcdc : 0xca62c1d6;
      const next = (rotl(a, 5) + f + e + k + w[i]!) | 0;
      [e, d, c, b, a] = [d, c, rotl(b, 30), a, next];
    }
    [a, b, c, d, e].forEach((word, i) => {
      h[i] = h[i]! + word;
    });
  }
  return out32(Uint32Array.from(h), false);
};

/** The first `count` primes, whose roots SHA-2 takes its constants from. */
const primes = (count: number): bigint[] => {
  const found: bigint[] = [];
  for (let n = 2n; found.length < count; n++) if (found.every((p) => n % p !== 0n)) found.push(n);
  return found;
};

/** The largest integer whose power is at most n. */
const root = (n: bigint, power: bigint): bigint => {
  let low = 0n;
  let high = 1n << 90n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** power <= n) low = middle;
    else high = middle;
  }
  return low;
};

const mask64 = (1n << 64n) - 1n;
/** 64 bits of the fraction of a prime's square or cube root. */
const fraction = (prime: bigint, power: 2n | 3n): bigint => root(prime << (64n * power), power) & mask64;

let tables: { k: bigint[]; squares: bigint[] } | undefined;
const constants = (): { k: bigint[]; squares: bigint[] } => {
  tables ??= { k: primes(80).map((p) => fraction(p, 3n)), squares: primes(16).map((p) => fraction(p, 2n)) };
  return tables;
};

/** SHA-256 of a message. */
export const sha256 = (message: Uint8Array): Uint8Array => {
  const { k, squares } = constants();
  const k32 = Int32Array.from(k.slice(0, 64), (word) => Number(word >> 32n) | 0);
  const h = Int32Array.from(squares.slice(0, 8), (word) => Number(word >> 32n) | 0);
  const view = padded(message, 64, false);
  const w = new Int32Array(64);
  for (let offset = 0; offset < view.byteLength; offset += 64) {
    for (let i = 0; i < 64; i++) {
      if (i < 16) w[i] = view.getInt32(offset + i * 4);
      else {
        const [x, y] = [w[i - 15]!, w[i - 2]!];
        const s0 = rotr(x, 7) ^ rotr(x, 18) ^ (x >>> 3);
        const s1 = rotr(y, 17) ^ rotr(y, 19) ^ (y >>> 10);
        w[i] = w[i - 16]! + s0 + w[i - 7]! + s1;
      }
    }
    const v = Int32Array.from(h);
    for (let i = 0; i < 64; i++) {
      const [a, b, c, , e, f, g] = v as unknown as [number, number, number, number, number, number, number];
      const s1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
      const t1 = (v[7]! + s1 + ((e & f) ^ (~e & g)) + k32[i]! + w[i]!) | 0;
      const s0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
      v.copyWithin(1, 0, 7);
      v[4] = v[4]! + t1;
      v[0] = t1 + s0 + ((a & b) ^ (a & c) ^ (b & c));
    }
    for (let i = 0; i < 8; i++) h[i] = h[i]! + v[i]!;
  }
  return out32(Uint32Array.from(h), false);
};

const rotr64 = (x: bigint, n: bigint): bigint => ((x >> n) | (x << (64n - n))) & mask64;

/** SHA-512 or SHA-384 of a message. In big integers: `States.Hash` takes at most 10,000 characters. */
export const sha512 = (message: Uint8Array, bits: 384 | 512): Uint8Array => {
  const { k, squares } = constants();
  const h = bits === 512 ? squares.slice(0, 8) : squares.slice(8);
  const view = padded(message, 128, false);
  for (let offset = 0; offset < view.byteLength; offset += 128) {
    const w: bigint[] = [];
    for (let i = 0; i < 80; i++) {
      if (i < 16) w.push(view.getBigUint64(offset + i * 8));
      else {
        const [x, y] = [w[i - 15]!, w[i - 2]!];
        const s0 = rotr64(x, 1n) ^ rotr64(x, 8n) ^ (x >> 7n);
        const s1 = rotr64(y, 19n) ^ rotr64(y, 61n) ^ (y >> 6n);
        w.push((w[i - 16]! + s0 + w[i - 7]! + s1) & mask64);
      }
    }
    let [a, b, c, d, e, f, g, hh] = h as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
    for (let i = 0; i < 80; i++) {
      const s1 = rotr64(e, 14n) ^ rotr64(e, 18n) ^ rotr64(e, 41n);
      const t1 = hh + s1 + ((e & f) ^ (~e & mask64 & g)) + k[i]! + w[i]!;
      const s0 = rotr64(a, 28n) ^ rotr64(a, 34n) ^ rotr64(a, 39n);
      const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
      [hh, g, f, e, d, c, b, a] = [g, f, e, (d + t1) & mask64, c, b, a, (t1 + t2) & mask64];
    }
    [a, b, c, d, e, f, g, hh].forEach((word, i) => {
      h[i] = (h[i]! + word) & mask64;
    });
  }
  const bytes = new Uint8Array(64);
  const out = new DataView(bytes.buffer);
  for (const [i, word] of h.entries()) out.setBigUint64(i * 8, word);
  return bytes.subarray(0, bits / 8);
};

/** What a digest of so many characters takes, in units of work: one of 64-bit words many times as much. */
export const hashWork = (algorithm: string, length: number): number =>
  (algorithm === 'SHA-384' || algorithm === 'SHA-512' ? longFactor : 1) * (digestCost + characterCost * length);

/** What the next bytes of an action's random source take: a digest. */
export const randomWork = 720;

const digestCost = 350;
const characterCost = 6;
const longFactor = 15;

/** The digests that `States.Hash` knows, as lower-case hexadecimal text. */
export const digests: { readonly [algorithm: string]: (message: Uint8Array) => string } = {
  MD5: (message) => hex(md5(message)),
  'SHA-1': (message) => hex(sha1(message)),
  'SHA-256': (message) => hex(sha256(message)),
  'SHA-384': (message) => hex(sha512(message, 384)),
  'SHA-512': (message) => hex(sha512(message, 512)),
};
