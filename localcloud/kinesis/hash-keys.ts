import { createHash } from 'node:crypto';

/** Hash keys are unsigned 128-bit numbers. */
export const MAX_HASH_KEY = (1n << 128n) - 1n;

/** MD5 of the partition key as an unsigned 128-bit number (PutRecord's documentation). */
export const hashKeyOf = (partitionKey: string): bigint => BigInt(`0x${createHash('md5').update(partitionKey, 'utf8').digest('hex')}`);

/** The whole range of hash keys cut evenly, first and last key inclusive. */
export const evenRanges = (count: number): { start: bigint; end: bigint }[] => {
  const step = (MAX_HASH_KEY + 1n) / BigInt(count);
  return Array.from({ length: count }, (_, index) => ({
    start: step * BigInt(index),
    end: index === count - 1 ? MAX_HASH_KEY : step * BigInt(index + 1) - 1n,
  }));
};
