/* gzip undone: by the browser where it can (all since 2023), else here. */

/** The bytes that `packed` stands for: unpacked if they are gzip's, as they are if not. */
export async function unpack(packed) {
  if (packed[0] !== 0x1f || packed[1] !== 0x8b) return packed;
  if (typeof DecompressionStream !== 'function') return inflate(packed);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const [LENGTHS, LENGTH_BITS] = steps(28, 3, (index) => Math.max(0, (index >> 2) - 1));
LENGTHS[28] = 258; // of its own, with no bits behind it
LENGTH_BITS[28] = 0;
const [DISTANCES, DISTANCE_BITS] = steps(30, 1, (index) => Math.max(0, (index >> 1) - 1));

/** Where each symbol's range of values begins, and how many bits choose within it (RFC 1951, 3.2.5). */
function steps(count, first, bitsOf) {
  const starts = [], bits = [];
  for (let index = 0, next = first; index < count; index++) {
    starts.push(next);
    bits.push(bitsOf(index));
    next += 1 << bits[index];
  }
  return [starts, bits];
}

/** DEFLATE (RFC 1951) in a gzip file of one member without a name, whose last four bytes are its length. */
function inflate(packed) {
  const out = new Uint8Array(new DataView(packed.buffer, packed.byteOffset).getUint32(packed.length - 4, true));
  let at = 10, held = 0, count = 0, end = 0;
  const take = (bits) => {
    for (; count < bits; count += 8) held |= packed[at++] << count;
    const value = held & ((1 << bits) - 1);
    held >>>= bits;
    count -= bits;
    return value;
  };
  const symbol = ({ counts, symbols }) => {
    for (let length = 1, code = 0, first = 0, index = 0; ; length++) {
      code |= take(1);
      if (code - counts[length] < first) return symbols[index + code - first];
      index += counts[length];
      first = (first + counts[length]) << 1;
      code <<= 1;
    }
  };
  const stored = () => {
    held = count = 0; // the rest of the byte is empty
    const length = packed[at] | (packed[at + 1] << 8);
    out.set(packed.subarray(at + 4, at + 4 + length), end);
    at += 4 + length;
    end += length;
  };
  const copy = (literals, distances) => {
    for (let next = symbol(literals); next !== 256; next = symbol(literals)) {
      if (next < 256) {
        out[end++] = next;
        continue;
      }
      const length = LENGTHS[next - 257] + take(LENGTH_BITS[next - 257]);
      const code = symbol(distances);
      const back = DISTANCES[code] + take(DISTANCE_BITS[code]);
      for (const stop = end + length; end < stop; end++) out[end] = out[end - back];
    }
  };
  const codes = () => {
    const [literals, distances, told] = [take(5) + 257, take(5) + 1, take(4) + 4];
    const lengths = new Array(19).fill(0);
    for (let index = 0; index < told; index++) lengths[ORDER[index]] = take(3);
    const table = huffman(lengths), all = [];
    while (all.length < literals + distances) {
      const next = symbol(table);
      if (next < 16) all.push(next);
      else {
        const [value, times] = next === 16 ? [all.at(-1), 3 + take(2)] : [0, next === 17 ? 3 + take(3) : 11 + take(7)];
        for (let index = 0; index < times; index++) all.push(value);
      }
    }
    copy(huffman(all.slice(0, literals)), huffman(all.slice(literals)));
  };
  for (let last = 0; !last; ) {
    last = take(1);
    const kind = take(2);
    if (kind === 0) stored();
    else if (kind === 2) codes();
    else copy(huffman([...Array(288).keys()].map((n) => (n < 144 ? 8 : n < 256 ? 9 : n < 280 ? 7 : 8))), huffman(Array(30).fill(5)));
  }
  return out;
}

/** A canonical code by its lengths: how many codes each length has, and their symbols in order. */
function huffman(lengths) {
  const counts = new Uint16Array(16), symbols = [];
  for (let length = 1; length < 16; length++) {
    lengths.forEach((found, index) => {
      if (found === length) symbols.push(index);
    });
    counts[length] = lengths.filter((found) => found === length).length;
  }
  return { counts, symbols };
}
