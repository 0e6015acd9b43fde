import type { EventRecord, TransactionRecord, UserRecord } from '../pipeline/oracle/records.ts';
import { START, type Delivery } from './scenario.ts';

const DAY = 86_400_000_000n;
const at = (day: number): { time: bigint; arrival: bigint } => ({ time: START + BigInt(day) * DAY, arrival: START + BigInt(day) * DAY + 1n });

const event = (batch: number, id: string, day: number, sessionId: string, more: Partial<EventRecord> = {}): Delivery =>
  ({ kind: 'event', batch, record: { id, ...at(day), sessionId, userId: 'u0', type: 'view', source: 'app', hash: `event-${id}-${day}-${sessionId}`, ...more } });
const transaction = (batch: number, id: string, day: number, sessionId: string, more: Partial<TransactionRecord> = {}): Delivery =>
  ({ kind: 'transaction', batch, record: { id, ...at(day), sessionId, userId: 'u0', amount: '12.50', currency: 'USD', hash: `transaction-${id}-${day}`, ...more } });
const user = (batch: number, day: number, country: UserRecord['country']): Delivery =>
  ({ kind: 'user', batch, record: { id: 'u0', ...at(day), signup: START, deviceType: 'Web', country, hash: `user-${day}` } });
const broken = (batch: number, name: string, day: number): Delivery =>
  ({ kind: 'broken', batch, record: { hash: `broken-${name}`, arrival: at(day).arrival, source: 'app', reasons: ['event_id: missing'], contractVersion: 1, origin: `${name}/${day}` } });

/** Batches 0 and 1 come before retention, 2 and 3 after it; its floor is day 30, and what starts before day 60 is frozen. */
export const BEFORE: readonly Delivery[] = [
  event(0, 'gone', 0, 'below'),
  event(0, 'kept', 45, 'frozen'), transaction(0, 'paid', 29, 'frozen'), // the session keeps a transaction that silver has no more
  event(1, 'moves', 80, 'above'), event(1, 'stays', 80, 'above'),
  event(1, 'last', 31, 'over-the-horizon'), event(1, 'later', 62, 'over-the-horizon'),
  user(0, 0, 'BR'), user(0, 29, 'CL'), user(1, 80, 'PE'), // the second one holds when the floor begins
  broken(0, 'old', 3), broken(0, 'again', 3), broken(1, 'again', 50),
];
export const AFTER: readonly Delivery[] = [
  event(2, 'too-late', 29, 'above'), event(3, 'gone', 0, 'below'), transaction(2, 'too-late', 1, 'above'), // quarantined
  event(2, 'more', 46, 'frozen'), event(3, 'far', 140, 'frozen'), transaction(3, 'paid-again', 47, 'frozen'), // in silver; gold stays
  event(2, 'new', 31, 'new'), event(3, 'newer', 46, 'new'), transaction(3, 'new', 33, 'new'), // a session that nobody knew when the floor was set
  event(3, 'moves', 81, 'elsewhere'), transaction(2, 'new-above', 81, 'above'),
  user(2, 1, 'AR'), user(3, 46, 'MX'), broken(3, 'old', 40),
];
