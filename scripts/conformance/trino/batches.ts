import type { BronzeTable } from '../../../src/lib/bronze/index.ts';
import { BUCKET, type BronzeObject } from './engine.ts';

/** A run, and what arrives before it. */
export interface Batch {
  name: string;
  /** A backfill takes objects that have arrived before. */
  kind: 'load' | 'sweep' | 'backfill' | 'retention';
  objects: readonly BronzeObject[];
  /** The first date silver keeps. */
  floor?: string;
  /** Statements that damage tables: before the run, or behind its back, before its audit. */
  damage?: { before?: readonly string[]; beforeAudit?: readonly string[] };
}

type Row = Readonly<Record<string, unknown>> & { record_hash?: string };

const common = (hash: string, arrival: string, more: Row): Row => ({
  payload: `{"of":"${hash}"}`, payload_encoding: 'utf8', payload_location: null, record_hash: hash, validation_errors: [], unknown_fields: [], contract_version: 1,
  origin: `test/${hash}@${arrival}`, arrival_timestamp: arrival, ingestion_timestamp: arrival, ...more,
});

/** `'06-01 10:00'`, with seconds and digits where they matter: a time of 2025, as bronze writes it. */
const time = (short: string): string => {
  const [day = '', clock = ''] = short.split(' ');
  const [whole = '', digits = ''] = clock.split('.');
  return `2025-${day} ${whole.length === 5 ? `${whole}:00` : whole}.${digits.padEnd(6, '0')}`;
};

const ARRIVAL = '2025-09-01 00:00:00.000000';

const event = (id: string, at: string, sessionId: string, type: string, more: Row = {}): Row =>
  common(more.record_hash ?? `${id}|${at}`, ARRIVAL, { source_system: 'app', event_id: id, session_id: sessionId, user_id: 'u1', event_type: type, event_timestamp: time(at), ...more });

const transaction = (id: string, at: string, sessionId: string, more: Row = {}): Row =>
  common(more.record_hash ?? `${id}|${at}`, ARRIVAL, {
    source_system: 'transactions', transaction_id: id, session_id: sessionId, user_id: 'u1', amount: '12.50', currency: 'USD', transaction_timestamp: time(at), source_file: '/b.csv', row_number: 1, header: 'h', ...more,
  });

const user = (id: string, at: string | null, more: Row = {}): Row =>
  common(more.record_hash ?? `${id}|${at ?? 'signup'}`, ARRIVAL, {
    source_system: 'users', user_id: id, signup_date: time('01-01 00:00'), device_type: 'Web', country: 'BR', updated_at: at === null ? null : time(at), changed_at: ARRIVAL, ...more,
  });

const broken = (row: Row, ...reasons: string[]): Row => ({ ...row, validation_errors: reasons });

const object = (table: BronzeTable, name: string, rows: readonly Row[], date = '2025-09-01'): BronzeObject => ({
  table,
  rows,
  uri: `s3://${BUCKET}/bronze/${table}/ingestion_date=${date}/${table === 'events' ? 'ingestion_hour=07/' : ''}${name}.parquet`,
});

const FIRST: Batch = {
  name: 'first load',
  kind: 'load',
  objects: [
    object('events', 'first', [
      // ends 999 µs + 998 µs before a whole second: cut to milliseconds it is one second longer
      event('e1', '06-01 10:00:00.000999', 's1', 'page_view', { price: '0.10', event_details: '{"a":"é ✓"}', product_id: 'p' }),
      event('e2', '06-01 10:00:01.000998', 's1', 'add_to_cart', { price: '1234567.89', brand: "d'or" }),
      event('e3', '06-01 10:05:00.5', 's1', 'page_view', { arrival_timestamp: time('06-01 11:05:00.5') }),
      event('e3', '06-01 10:05:00.5', 's1', 'page_view', { arrival_timestamp: time('06-01 11:05:00.500001') }),
      event('m2', '06-02 00:10', 'midnight', 'cart', { source_system: 'shop' }), event('m1', '06-01 23:59:59.999999', 'midnight', 'view'), event('m0', '06-01 23:59:59.999999', 'midnight', 'cart'),
      event('v1', '06-03 10:00', 'moves', 'view'), event('v2', '06-03 10:01', 'moves', 'click'), event('g1', '06-03 12:00', 'gone', 'view'),
      event('x1', '06-04 10:00', 'shared', 'purchase'), event('x2', '06-04 10:00', 'shared', 'view', { user_id: 'u2' }),
      event('l1', '06-04 10:00', 'long', 'view'), event('l2', '07-20 10:00', 'long', 'view'),
      event('k1', '06-05 10:00', 'key', 'view'), event('k2', '06-05 10:00', 'twice', 'view'), event('k2b', '06-05 10:01', 'twice', 'cart'), event('n1', '06-10 08:00', 'nobody', 'view', { user_id: 'u9', unknown_fields: ['extra'] }),
      broken(event('b1', '06-01 10:00', 's1', 'view'), 'event_type: unknown value', 'price: negative'),
      broken(event('b2', '06-01 10:00', 's1', 'view', { event_timestamp: null, user_id: null, payload_encoding: 'base64' }), 'event_timestamp: missing'),
      { ...event('b3', '06-01 10:00', 's1', 'view'), validation_errors: null },
    ]),
    object('transactions', 'first', [
      transaction('t2', '06-01 10:03', 's1', { amount: '7.00' }), transaction('t1', '06-01 10:01:00.000998', 's1'),
      transaction('before', '05-30 10:00', 'midnight'), transaction('far', '08-01 10:00', 's1'), transaction('stranger', '06-01 10:01', 's1', { user_id: 'u3' }),
      transaction('copy', '06-04 11:00', 'shared', { source_file: '/b.csv' }), transaction('copy', '06-04 11:00', 'shared', { source_file: '/a.csv' }),
      transaction('tk', '06-05 10:02', 'twice'),
      broken(transaction('bt', '06-01 10:00', 's1'), 'amount: not a number'),
    ]),
    object('users', 'first', [user('u1', null), user('u1', '06-01 10:02'), user('u2', '06-04 09:00', { country: null }), user('u2', '06-04 10:00:00.000001', { device_type: 'App' })]),
  ],
};

const SECOND: Batch = {
  name: 'late, moved, tied, corrected',
  kind: 'load',
  objects: [
    object('events', 'second', [
      event('e0', '05-31 23:00', 's1', 'view'), // the session begins a day earlier
      event('v2', '06-05 10:00', 'elsewhere', 'click', { record_hash: 'v2-moved' }), event('g1', '06-06 12:00', 'elsewhere', 'view', { record_hash: 'g1-moved' }),
      event('v1', '06-02 10:00', 'moves', 'older', { record_hash: 'v1-older' }), // an older version: stays out
      event('x1', '06-04 10:00', 'shared', 'refund', { record_hash: 'x1-tie', arrival_timestamp: time('09-01 00:02') }),
      event('l1', '06-04 10:00', 'long', 'view', { arrival_timestamp: time('06-04 10:30') }), // an earlier copy: on time after all
      event('k1', '07-15 10:00', 'key', 'view', { record_hash: 'k1-far' }), // 40 days apart: not seen, a second row of the key
      broken(event('b1', '06-01 10:00', 's1', 'view', { origin: 'test/again', contract_version: 2 }), 'price: negative'),
    ], '2025-09-02'),
    object('events', 'third', [event('e3', '06-01 10:05:00.5', 's1', 'page_view'), broken(event('b1', '06-01 10:00', 's1', 'view', { origin: 'test/other' }), 'zzz')], '2025-09-02'),
    object('transactions', 'second', [
      transaction('t1', '06-01 10:04', 's1', { record_hash: 't1-corrected', amount: '99.99' }), transaction('copy', '06-04 11:00', 'shared', { source_file: '/0.csv' }),
    ], '2025-09-02'),
    object('users', 'second', [user('u1', '05-01 00:00', { country: 'CL' }), user('u1', '06-01 09:00', { country: 'PE' }), user('u9', '06-11 00:00', { country: 'AR' }), user('u2', '06-04 09:00', { record_hash: 'u2-tie', country: 'UY' })], '2025-09-02'),
  ],
};

const THIRD: Batch = {
  name: 'a key in two rows, a session that returns',
  kind: 'load',
  objects: [
    object('events', 'fourth', [
      event('k1', '06-25 10:00', 'key', 'purchase', { record_hash: 'k1-middle' }), // within reach of both rows
      event('g1', '06-03 12:00', 'gone', 'view', { record_hash: 'g1-returns', arrival_timestamp: time('09-03 00:00') }), event('g2', '06-03 12:30', 'gone', 'view'),
      event('n2', '06-12 08:00', 'nobody', 'view', { user_id: 'u9' }),
      event('k2', '08-20 10:00', 'twice', 'click', { record_hash: 'k2-far' }), // found by the sweep alone
    ], '2025-09-03'),
    object('transactions', 'third', [transaction('tk', '08-20 10:00', 'twice', { record_hash: 'tk-far', amount: '3.00' })], '2025-09-03'),
    object('users', 'third', [user('u9', '06-01 00:00', { country: 'MX' })], '2025-09-03'),
  ],
};

const everything = [FIRST, SECOND, THIRD].flatMap(({ objects }) => objects);

const AGAIN: Batch = { name: 'everything once more', kind: 'load', objects: everything.map(({ uri, ...rest }) => ({ ...rest, uri: uri.replace(/ingestion_date=[\d-]+/, 'ingestion_date=2025-09-04').replace('.parquet', '-again.parquet') })) };

const sweep = (name: string): Batch => ({ name, kind: 'sweep', objects: [] });

const BACKFILL: Batch = {
  name: 'backfill of damaged rows',
  kind: 'backfill',
  objects: SECOND.objects,
  damage: {
    before: [
      "UPDATE silver.events SET brand = 'damaged', is_late = NOT is_late WHERE event_id = 'e0'",
      "UPDATE silver.transactions SET amount = DECIMAL '0.01' WHERE transaction_id = 't1'",
      "UPDATE silver.users SET country = 'XX' WHERE user_id = 'u1'",
      "DELETE FROM gold.user_session_analysis WHERE session_id = 's1'",
    ],
  },
};

/** Every gate finds something broken, and asks whether it was so before the run. */
const DAMAGED: Batch = {
  name: 'damage that the audit finds',
  kind: 'load',
  objects: [
    object('events', 'fifth', [event('e9', '06-01 10:06', 's1', 'click'), event('v9', '06-03 10:06', 'moves', 'click')], '2025-09-04'),
    object('transactions', 'fourth', [transaction('t9', '06-01 10:07', 's1')], '2025-09-04'),
    object('users', 'fourth', [user('u1', '06-20 00:00', { country: 'BO' })], '2025-09-04'),
  ],
  damage: {
    before: ["INSERT INTO gold.user_session_analysis SELECT * FROM gold.user_session_analysis WHERE session_id = 'moves'"],
    beforeAudit: [
      "INSERT INTO silver.events SELECT * FROM silver.events WHERE event_id = 'e9'",
      "INSERT INTO silver.transactions SELECT * FROM silver.transactions WHERE transaction_id = 't9'",
      "UPDATE silver.users SET valid_to = valid_from, is_current = true WHERE user_id = 'u1'",
      "UPDATE gold.user_session_analysis SET session_duration_seconds = -1 WHERE session_id = 's1'",
    ],
  },
};

const FLOOR = '2025-06-04';

const RETENTION: Batch = {
  name: 'retention',
  kind: 'retention',
  objects: [],
  floor: FLOOR,
  damage: { before: ["UPDATE silver.quarantine SET last_seen_at = TIMESTAMP '2025-06-03 23:59:59.999999' WHERE record_hash = 'b3|06-01 10:00'"] },
};

const BELOW_FLOOR: Batch = {
  name: 'what is dated below the floor',
  kind: 'load',
  floor: FLOOR,
  objects: [
    object('events', 'sixth', [event('o1', '06-01 10:00', 's1', 'view'), event('o2', '06-10 08:30', 'nobody', 'cart', { user_id: 'u9' })], '2025-09-04'),
    object('transactions', 'fifth', [transaction('ot', '06-02 10:00', 'moves')], '2025-09-04'),
  ],
};

/** Late, moved, tied, corrected, broken and repeated records, and damaged tables: everything floe's SQL has a rule for. */
export const BATCHES: readonly Batch[] = [FIRST, SECOND, THIRD, sweep('sweep'), AGAIN, sweep('sweep after everything once more'), BACKFILL, DAMAGED, RETENTION, BELOW_FLOOR];
