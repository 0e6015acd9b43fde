/**
 * Sequence numbers have 56 digits, like AWS's: `4965`, time in milliseconds (15), counter in the shard (20), shard's number (17).
 * All have the same length, so that they sort as text as they do as numbers. The counter alone says where a record lies; in the
 * number it counts from 1, so that a shard's starting sequence number (0) lies before its first record.
 */
const LEAD = '4965';

/** `7` of `shardId-000000000007`. */
export const shardNumber = (shardId: string): number => Number(shardId.slice('shardId-'.length));

export const shardIdOf = (number: number): string => `shardId-${String(number).padStart(12, '0')}`;

export const sequenceNumber = (time: number, counter: number, shardId: string): string =>
  `${LEAD}${String(time).padStart(15, '0')}${String(counter + 1).padStart(20, '0')}${String(shardNumber(shardId)).padStart(17, '0')}`;

/** The record's counter, -1 for the shard's start; undefined where the text is not a sequence number of this shard. */
export const counterOf = (text: string, shardId: string): number | undefined => {
  if (!/^\d{56}$/.test(text) || !text.startsWith(LEAD) || Number(text.slice(39)) !== shardNumber(shardId)) return undefined;
  return Number(text.slice(19, 39)) - 1;
};

/** Epoch milliseconds in a sequence number: the record's arrival, or when a shard was opened or closed. */
export const timeOf = (text: string): number => Number(text.slice(LEAD.length, 19));

/** Any shard's sequence number. */
export const isSequenceNumber = (text: string): boolean => /^\d{56}$/.test(text) && text.startsWith(LEAD);
