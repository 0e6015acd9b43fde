import { isUtf8 } from 'node:buffer';
import type { Objects } from '../aws/index.ts';
import { createBronzeWriter, type BronzeTable } from '../bronze/index.ts';
import { appEvent, judgePayload, recordHashOf, shopEvent, timestampOf, transaction, user, userColumns } from '../contracts/index.ts';
import { readFields, transactionRow, type TransactionRow } from '../files/index.ts';
import { userRow, type UserRecord, type UserRow } from '../users/index.ts';
import { checkPatch, patchCsv, patchJson, PatchError } from './patch.ts';

/** A record of silver.quarantine, as far as a replay needs it. */
export interface QuarantinedRecord {
  recordHash: string;
  /** app, shop, transactions, users */
  sourceSystem: string;
  /** The record's bytes; undefined where they are no longer there. */
  bytes: Buffer | undefined;
  /** Of a CSV's row: its file's header. */
  header: string | null;
  /** One of the places it came from. */
  origin: string;
  /** Its earliest arrival, `yyyy-MM-dd HH:mm:ss.SSSSSS` UTC. */
  firstSeenAt: string;
}

/** A record that keeps today's contract, on the way it came. */
export type Replay =
  | { way: 'events'; recordHash: string; bytes: Buffer }
  | { way: 'transactions'; recordHash: string; row: TransactionRow }
  | { way: 'users'; recordHash: string; row: UserRow };

/** The outcome of judging a record anew; without a replay it stays open, for these reasons. */
export type Judged = { ok: true; replay: Replay } | { ok: false; reasons: readonly string[] };

const refused = (...reasons: readonly string[]): Judged => ({ ok: false, reasons });

/**
 * Judges a quarantined record by today's contract, patched where a patch is given. An event goes over the stream and arrives anew; a row
 * of a file and a version of a user keep the arrival they had, so that what came after them still wins.
 * @param patch JSON Merge Patch; of a CSV's row the columns to set. null: as it is
 * @param now an event's arrival, and the ingestion time of the rows
 * @throws PatchError where the patch is none
 */
export const judgeAnew = (record: QuarantinedRecord, patch: string | null, now: Date): Judged => {
  if (patch !== null) checkPatch(patch);
  const { bytes, sourceSystem } = record;
  if (bytes === undefined) return refused('payload: no longer there, nothing can be sent');
  const judge = JUDGES.get(sourceSystem);
  if (judge === undefined) return refused(`source: nothing is known of ${sourceSystem}`);
  if (sourceSystem === transaction.sourceSystem && record.header === null) return refused('file: not a row but a whole file; deliver the corrected file, then discard this');
  if (recordHashOf(sourceSystem, bytes) !== record.recordHash) return refused('payload: it no longer has its record_hash');
  try {
    return judge({ ...record, bytes }, patch, now);
  } catch (error) {
    if (error instanceof PatchError) return refused(`patch: ${error.message}`);
    throw error;
  }
};

type ReadableRecord = QuarantinedRecord & { bytes: Buffer };
type Judge = (record: ReadableRecord, patch: string | null, now: Date) => Judged;

const textOf = ({ bytes }: ReadableRecord): string | undefined => (isUtf8(bytes) ? bytes.toString('utf8') : undefined);

const patched = (record: ReadableRecord, patch: string | null): Buffer => {
  if (patch === null) return record.bytes;
  const text = textOf(record);
  if (text === undefined) throw new PatchError('the record is not UTF-8');
  return Buffer.from(patchJson(text, patch));
};

const judgeEvent: Judge = (record, patch, now) => {
  const bytes = patched(record, patch);
  const { errors, recordHash } = judgePayload(bytes, timestampOf(now.getTime()));
  return errors.length > 0 ? refused(...errors) : { ok: true, replay: { way: 'events', recordHash, bytes } };
};

const judgeTransaction: Judge = (record, patch, now) => {
  const header = record.header ?? '';
  const read = readFields(header);
  const fieldNames = read.ok ? read.fields : [];
  const raw = patch === null ? record.bytes : Buffer.from(patchCsv(textOf(record), fieldNames, patch));
  const slash = record.origin.lastIndexOf('/'); // file/row
  const file = { sourceFile: record.origin.slice(0, slash), arrivalTimestamp: record.firstSeenAt, ingestionTimestamp: timestampOf(now.getTime()), header, fieldNames };
  const row = transactionRow(raw, Number(record.origin.slice(slash + 1)), file);
  return row.validation_errors.length > 0 ? refused(...row.validation_errors) : { ok: true, replay: { way: 'transactions', recordHash: row.record_hash, row } };
};

const judgeUser: Judge = (record, patch, now) => {
  const members = JSON.parse(patched(record, patch).toString('utf8')) as Partial<UserRecord>;
  const unknown = Object.keys(members).find((name) => !(userColumns as readonly string[]).includes(name));
  if (unknown !== undefined) throw new PatchError(`users have no column ${unknown}`);
  const { user_id = null, signup_date = null, device_type = null, country = null, updated_at = null, changed_at = null } = members;
  const row = userRow({ user_id, signup_date, device_type, country, updated_at, changed_at }, timestampOf(now.getTime()));
  return row.validation_errors.length > 0 ? refused(...row.validation_errors) : { ok: true, replay: { way: 'users', recordHash: row.record_hash, row } };
};

const JUDGES: ReadonlyMap<string, Judge> = new Map([[appEvent.sourceSystem, judgeEvent], [shopEvent.sourceSystem, judgeEvent], [transaction.sourceSystem, judgeTransaction], [user.sourceSystem, judgeUser]]);

export interface ReplayPorts {
  /** Puts records on the event stream. */
  putEvents: (records: readonly Buffer[]) => Promise<void>;
  objects: Pick<Objects, 'put'>;
}

/**
 * Sends records the way they came: events to the stream, rows of files and versions of users as a bronze object named by the decision.
 * Sending twice is harmless: the same record_hash is never a new version.
 */
export const sendReplays = async ({ putEvents, objects }: ReplayPorts, decision: { id: string; decidedAt: string }, replays: readonly Replay[]): Promise<void> => {
  const events = replays.flatMap((replay) => (replay.way === 'events' ? [replay.bytes] : []));
  if (events.length > 0) await putEvents(events);
  for (const way of ['transactions', 'users'] as const) {
    const rows = replays.flatMap((replay) => (replay.way === way ? [replay.row] : []));
    if (rows.length > 0) await objects.put(`bronze/${way}/ingestion_date=${decision.decidedAt.slice(0, 10)}/replay-${decision.id}.parquet`, parquetOf(way, rows));
  }
};

const parquetOf = (table: BronzeTable, rows: readonly (TransactionRow | UserRow)[]): Uint8Array => {
  const writer = createBronzeWriter(table);
  for (const row of rows) writer.append(row);
  return writer.finish();
};
