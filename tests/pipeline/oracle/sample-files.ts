import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parseTime, sha256, type EventRecord, type TransactionRecord, type UserRecord } from './records.ts';

/** What a file holds, read in the plainest way: neither the samples nor generated files have quoted fields. */
const linesOf = (file: string): string[] => {
  const bytes = readFileSync(file);
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').split('\n').filter((line) => line !== '');
};

const csvRows = (file: string): { text: string; row: Record<string, string> }[] => {
  const [header = '', ...lines] = linesOf(file).map((line) => line.replace(/\r$/, ''));
  const names = header.split(',');
  return lines.map((text) => ({ text, row: Object.fromEntries(text.split(',').map((value, index) => [names[index]!, value])) }));
};

/** Everything arrives now: long after it happened, so that every event of these files is late. */
const ARRIVAL = BigInt(Date.parse('2100-01-01T00:00:00Z')) * 1000n;

export const appEvents = (file: string): EventRecord[] =>
  linesOf(file).map((line) => {
    const event = JSON.parse(line) as Record<string, string>;
    return { arrival: ARRIVAL, hash: sha256(line), id: event['event_id']!, time: parseTime(event['event_timestamp']!), sessionId: event['session_id']!, userId: event['user_id']!, type: event['event_type']!, source: 'app' };
  });

/** The valid shop events and the rows that are not: no session, or no price above zero. */
export const shopEvents = (file: string): { valid: EventRecord[]; invalid: Record<string, string>[] } => {
  const rows = csvRows(file);
  const isValid = ({ row }: { row: Record<string, string> }): boolean => row['user_session'] !== '' && Number(row['price']) >= 0.005;
  return {
    valid: rows.filter(isValid).map(({ text, row }) => ({
      arrival: ARRIVAL,
      hash: sha256(text),
      id: sha256([row['user_id'], row['product_id'], row['event_time'], row['event_type'], row['user_session']].join('-')),
      time: parseTime(row['event_time']!),
      sessionId: row['user_session']!,
      userId: row['user_id']!,
      type: row['event_type']!,
      source: 'shop',
    })),
    invalid: rows.filter((row) => !isValid(row)).map(({ row }) => row),
  };
};

export const transactions = (file: string): TransactionRecord[] =>
  csvRows(file).map(({ text, row }) => ({
    arrival: ARRIVAL,
    hash: sha256(text),
    id: row['transaction_id']!,
    time: parseTime(row['transaction_timestamp']!),
    sessionId: row['session_id']!,
    userId: row['user_id']!,
    amount: Number(row['amount']).toFixed(2),
    currency: row['currency']!,
  }));

/** A users file without updated_at: signup_date stands for it. */
export const users = (file: string): UserRecord[] =>
  csvRows(file).map(({ text, row }) => ({
    arrival: ARRIVAL,
    hash: sha256(text),
    id: row['user_id']!,
    time: parseTime(row['updated_at'] ?? row['signup_date']!),
    signup: parseTime(row['signup_date']!),
    deviceType: row['device_type'] || null,
    country: row['country'] || null,
  }));
