import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** S3's checksum algorithms as header names end: `x-amz-checksum-crc32`. */
export const CHECKSUM_ALGORITHMS = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

/** A checksum under way; `digest` gives it in base64, as S3 writes checksums. */
export interface Checksum {
  update(chunk: Uint8Array): void;
  digest(): string;
}

export const isChecksumAlgorithm = (name: string): name is ChecksumAlgorithm => CHECKSUM_ALGORITHMS.some((algorithm) => algorithm === name);

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
export const createChecksum = (algorithm: ChecksumAlgorithm): Checksum => {
  switch (algorithm) {
    case 'crc32':
      return wordChecksum(crc32);
    case 'crc32c':
      return wordChecksum(crc32c);
    case 'crc64nvme':
      return crc64nvme();
    case 'sha1':
    case 'sha256':
      return hashChecksum(algorithm);
  }
};

const hashChecksum = (algorithm: string): Checksum => {
  const hash = createHash(algorithm);
  return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest('base64') };
};

const wordChecksum = (step: (chunk: Uint8Array, value: number) => number): Checksum => {
  let value = 0;
  return {
    update: (chunk) => void (value = step(chunk, value)),
    digest: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value >>> 0);
      return bytes.toString('base64');
    },
  };
};

/** Castagnoli's polynomial, reflected (RFC 3720, appendix B.4). */
const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});

const crc32c = (chunk: Uint8Array, previous: number): number => {
  let value = ~previous;
  for (const byte of chunk) value = (value >>> 8) ^ (CRC32C_TABLE[(value ^ byte) & 0xff] ?? 0);
  return ~value >>> 0;
};

/** NVM Express's polynomial, reflected: 0x9a6c9329ac4bc9b5, as high and low word, since 64-bit integers of JavaScript are slow. */
const CRC64_HIGH = 0x9a6c9329;
const CRC64_LOW = 0xac4bc9b5;
const CRC64_TABLE = Uint32Array.from({ length: 512 }, () => 0);
for (let index = 0; index < 256; index++) {
  let high = 0;
  let low = index;
  for (let bit = 0; bit < 8; bit++) {
    const carry = low & 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (carry) {
      high ^= CRC64_HIGH;
      low ^= CRC64_LOW;
    }
  }
  CRC64_TABLE[index * 2] = high;
  CRC64_TABLE[index * 2 + 1] = low;
}

const crc64nvme = (): Checksum => {
  let high = 0xffffffff;
  let low = 0xffffffff;
  return {
    update: (chunk) => {
      for (const byte of chunk) {
        const index = ((low ^ byte) & 0xff) * 2;
        low = (CRC64_TABLE[index + 1] ?? 0) ^ ((low >>> 8) | (high << 24));
        high = (CRC64_TABLE[index] ?? 0) ^ (high >>> 8);
      }
    },
    digest: () => {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32BE(~high >>> 0, 0);
      bytes.writeUInt32BE(~low >>> 0, 4);
      return bytes.toString('base64');
    },
  };
};
