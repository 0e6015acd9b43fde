import { printDate, printTime, type BrokenRecord, type EventRecord, type TransactionRecord, type UserRecord } from './records.ts';
import { currentVersions, history } from './versions.ts';

/** A row as Athena prints it. */
export type SilverRow = Record<string, string | null>;

const LATENESS = 3_600_000_000n;

const inOrder = (rows: SilverRow[]): SilverRow[] => rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** What silver.events holds of everything ever delivered, in the columns that events of the tests have. */
export const expectedEvents = (events: readonly EventRecord[]): SilverRow[] =>
  inOrder(
    currentVersions(events).map((event) => ({
      event_id: event.id,
      session_id: event.sessionId,
      user_id: event.userId,
      event_type: event.type,
      event_timestamp: printTime(event.time),
      event_date: printDate(event.time),
      source_system: event.source,
      record_hash: event.hash,
      arrival_timestamp: printTime(event.arrival),
      is_late: String(event.arrival - event.time > LATENESS),
    })),
  );

export const expectedTransactions = (transactions: readonly TransactionRecord[]): SilverRow[] =>
  inOrder(
    currentVersions(transactions).map((transaction) => ({
      transaction_id: transaction.id,
      session_id: transaction.sessionId,
      user_id: transaction.userId,
      amount: transaction.amount,
      currency: transaction.currency,
      transaction_timestamp: printTime(transaction.time),
      transaction_date: printDate(transaction.time),
      record_hash: transaction.hash,
      arrival_timestamp: printTime(transaction.arrival),
    })),
  );

/** Type-2 history: a version is valid until the next one begins. */
export const expectedUsers = (users: readonly UserRecord[]): SilverRow[] =>
  inOrder(
    [...history(users).values()].flatMap((versions) =>
      versions.map((version, index) => {
        const next = versions[index + 1];
        return {
          user_id: version.id,
          signup_date: printTime(version.signup),
          device_type: version.deviceType,
          country: version.country,
          valid_from: printTime(version.time),
          valid_to: next === undefined ? null : printTime(next.time),
          is_current: String(next === undefined),
          record_hash: version.hash,
          arrival_timestamp: printTime(version.arrival),
        };
      }),
    ),
  );

/** What a person has decided about a record, and the row as it was then. */
export interface DecidedRecord {
  status: 'replayed' | 'discarded';
  origins: string;
  reasons: string;
  contract_version: string;
}

/** Discarded for good; replayed as long as nothing is known of the record that was not known then. */
const statusOf = (row: SilverRow, decided: DecidedRecord | undefined): string => {
  if (decided === undefined) return 'open';
  const isAsDecided = row['origins'] === decided.origins && row['reasons'] === decided.reasons && row['contract_version'] === decided.contract_version;
  return decided.status === 'discarded' || isAsDecided ? decided.status : 'open';
};

/** One row for each record; the reasons of the latest contract, of equals the greater as text. @param decided the last decision about each, by record_hash */
export const expectedQuarantine = (broken: readonly BrokenRecord[], decided: ReadonlyMap<string, DecidedRecord> = new Map()): SilverRow[] => {
  const byHash = new Map<string, BrokenRecord[]>();
  for (const record of broken) byHash.set(record.hash, [...(byHash.get(record.hash) ?? []), record]);
  const judgement = ({ contractVersion, reasons }: BrokenRecord): string => `${String(contractVersion).padStart(9, '0')} ${reasons.join('; ')}`;
  return inOrder(
    [...byHash].map(([hash, records]) => {
      const judged = records.reduce((best, record) => (judgement(record) > judgement(best) ? record : best));
      const origins = [...new Set(records.map(({ origin }) => origin))].sort();
      const arrivals = records.map(({ arrival }) => arrival).sort((a, b) => (a < b ? -1 : 1));
      const row: SilverRow = {
        record_hash: hash,
        source_system: judged.source,
        reasons: `[${judged.reasons.join(', ')}]`,
        origins: `[${origins.join(', ')}]`,
        first_seen_at: printTime(arrivals[0]!),
        last_seen_at: printTime(arrivals.at(-1)!),
        seen_count: String(origins.length),
        contract_version: String(judged.contractVersion),
      };
      return { ...row, status: statusOf(row, decided.get(hash)) };
    }),
  );
};
