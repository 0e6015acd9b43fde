import zlib from 'node:zlib';

/** A little-endian base-128 number, as Snappy's preamble and many formats have it. */
const varint = (bytes: Buffer, start: number): { value: number; offset: number } => {
  let value = 0;
  for (let offset = start, shift = 0; offset < bytes.length; offset += 1, shift += 7) {
    const byte = bytes.readUInt8(offset);
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, offset: offset + 1 };
  }
  throw new Error('Snappy: cut off');
};

interface Element {
  length: number;
  /** Bytes the tag takes, its own among them. */
  tagLength: number;
  /** How far back a copy begins; undefined for literal bytes. */
  distance: number | undefined;
}

/** The tag at an offset (https://github.com/google/snappy/blob/main/format_description.txt). */
const elementAt = (bytes: Buffer, offset: number): Element => {
  const tag = bytes.readUInt8(offset);
  const upper = tag >> 2;
  switch (tag & 3) {
    case 0: {
      const extra = upper < 60 ? 0 : upper - 59;
      return { length: (extra === 0 ? upper : bytes.readUIntLE(offset + 1, extra)) + 1, tagLength: 1 + extra, distance: undefined };
    }
    case 1:
      return { length: (upper & 7) + 4, tagLength: 2, distance: ((tag >> 5) << 8) | bytes.readUInt8(offset + 1) };
    case 2:
      return { length: upper + 1, tagLength: 3, distance: bytes.readUInt16LE(offset + 1) };
    default:
      return { length: upper + 1, tagLength: 5, distance: bytes.readUInt32LE(offset + 1) };
  }
};

/** Decodes a raw Snappy block. Throws where it is damaged. */
export const unsnappy = (bytes: Buffer): Buffer => {
  const { value: size, offset: start } = varint(bytes, 0);
  const output = Buffer.alloc(size);
  let written = 0;
  for (let offset = start; offset < bytes.length; ) {
    const { length, tagLength, distance } = elementAt(bytes, offset);
    offset += tagLength;
    if (written + length > size || (distance !== undefined && (distance === 0 || distance > written))) throw new Error('Snappy: damaged');
    if (distance === undefined) {
      bytes.copy(output, written, offset, offset + length);
      offset += length;
    } else {
      // Byte by byte: a copy may reach into what it writes itself.
      for (let i = 0; i < length; i += 1) output[written + i] = output[written + i - distance] ?? 0;
    }
    written += length;
  }
  if (written !== size) throw new Error('Snappy: cut off');
  return output;
};

/** Node has Zstandard since 22.15. */
const unzstd = (body: Buffer): Buffer => {
  const decompress: unknown = Reflect.get(zlib, 'zstdDecompressSync');
  if (typeof decompress !== 'function') throw new Error(`Avro codec zstandard needs Node 22.15 or later; this is ${process.versions.node}`);
  return (decompress as (bytes: Buffer) => Buffer)(body);
};

const CHECKSUM_LENGTH = 4;

/** A block of an Avro file, by its codec (https://avro.apache.org/docs/1.11.1/specification/#required-codecs). Throws for codecs not known here. */
export const uncompress = (codec: string, body: Buffer): Buffer => {
  switch (codec) {
    case 'null':
      return body;
    case 'deflate':
      return zlib.inflateRawSync(body);
    case 'snappy':
      return unsnappy(body.subarray(0, body.length - CHECKSUM_LENGTH));
    case 'zstandard':
      return unzstd(body);
    default:
      throw new Error(`Avro codec not supported locally: ${codec}`);
  }
};
