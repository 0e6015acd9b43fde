import { createHash } from 'node:crypto';

/**
 * A second implementation of DATA.md's results, written apart from the pipeline and from its SQL: it keeps every delivery in
 * memory and works on it with loops and maps. Times are epoch microseconds (bigint), UTC.
 */
export interface Delivery {
  arrival: bigint;
  hash: string;
}

export interface EventRecord extends Delivery {
  id: string;
  time: bigint;
  sessionId: string;
  userId: string;
  type: string;
  source: 'app' | 'shop';
}

export interface TransactionRecord extends Delivery {
  id: string;
  time: bigint;
  sessionId: string;
  userId: string;
  /** As in the table: two decimals. */
  amount: string;
  currency: string;
}

export interface UserRecord extends Delivery {
  id: string;
  /** updated_at */
  time: bigint;
  signup: bigint;
  deviceType: string | null;
  country: string | null;
}

/** A record that breaks a rule. */
export interface BrokenRecord extends Delivery {
  source: 'app' | 'shop' | 'transactions';
  reasons: readonly string[];
  contractVersion: number;
  /** Where it came from; a re-read has the same origin. */
  origin: string;
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** `2025-11-07T19:46:52.832132`, `2019-10-01 00:00:00 UTC`, `2025-09-09 12:37:28`: the forms of the sample files, all UTC. */
export const parseTime = (text: string): bigint => {
  const [whole = '', fraction = ''] = text.replace(' UTC', '').replace(' ', 'T').replace(/Z$/, '').split('.');
  return BigInt(Date.parse(`${whole}Z`)) * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
};

export const printTime = (micros: bigint): string => {
  const iso = new Date(Number(micros / 1_000_000n) * 1000).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}.${String(micros % 1_000_000n).padStart(6, '0')}`;
};

export const printDate = (micros: bigint): string => printTime(micros).slice(0, 10);
