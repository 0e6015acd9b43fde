import { isUtf8 } from 'node:buffer';
import type { CommonRow } from '../bronze/index.ts';
import { LARGEST_PAYLOAD_BYTES, recordHashOf, transaction, transactionColumns } from '../contracts/index.ts';
import type { TransactionColumn } from '../contracts/index.ts';
import { readFields } from './csv.ts';

/** A row of bronze.transactions without its partition. */
export type TransactionRow = CommonRow & Record<TransactionColumn, string | null> & { source_file: string; row_number: number | null; header: string | null };

/** What is the same for all rows of a file. */
export interface FileContext {
  sourceFile: string;
  /** The file's mtime, bronze's text. */
  arrivalTimestamp: string;
  ingestionTimestamp: string;
  header: string;
  fieldNames: readonly string[];
}

type Columns = Readonly<Record<TransactionColumn, string | null>>;

interface JudgedRow {
  payload: string;
  encoding: 'utf8' | 'base64';
  hash: string;
  errors: readonly string[];
  unknownFields: readonly string[];
  columns: Columns;
}

const NO_COLUMNS: Columns = {
  transaction_id: null,
  session_id: null,
  user_id: null,
  amount: null,
  currency: null,
  transaction_timestamp: null,
};

const NONE: readonly string[] = [];

const judgeRow = (raw: Buffer, { fieldNames, arrivalTimestamp }: FileContext): JudgedRow => {
  const { sourceSystem } = transaction;
  const tooLarge = raw.length > LARGEST_PAYLOAD_BYTES ? [`payload: larger than ${LARGEST_PAYLOAD_BYTES} bytes`] : NONE;
  if (!isUtf8(raw)) {
    const errors = [...tooLarge, 'payload: not UTF-8'];
    return { payload: raw.toString('base64'), encoding: 'base64', hash: recordHashOf(sourceSystem, raw), errors, unknownFields: NONE, columns: NO_COLUMNS };
  }
  const payload = raw.toString('utf8');
  const hash = recordHashOf(sourceSystem, payload);
  const whole = (errors: readonly string[]): JudgedRow => ({ payload, encoding: 'utf8', hash, errors, unknownFields: NONE, columns: NO_COLUMNS });
  const broken = (reason: string): JudgedRow => whole([`row: ${reason}`]);
  if (tooLarge.length > 0) return whole(tooLarge);
  const read = readFields(payload);
  if (!read.ok) return broken(read.reason);
  // Which value belongs to which column cannot be told: none is taken.
  if (read.fields.length !== fieldNames.length) return broken(`${read.fields.length} fields instead of ${fieldNames.length}`);
  const record = Object.create(null) as Record<string, string>; // a column may be named __proto__
  for (let index = 0; index < fieldNames.length; index += 1) record[fieldNames[index] ?? ''] = read.fields[index] ?? '';
  const { columns, errors, unknownFields } = transaction.judge(record, { arrivalTimestamp });
  return { payload, encoding: 'utf8', hash, errors, unknownFields, columns };
};

/** One row of a file as a bronze row. `rowNumber`: 1 is the first row below the header; empty lines do not count. */
export const transactionRow = (raw: Buffer, rowNumber: number, file: FileContext): TransactionRow => {
  const { payload, encoding, hash, errors, unknownFields, columns } = judgeRow(raw, file);
  // Member by member: spreading costs more than judging, and a file has millions of rows.
  return {
    payload,
    payload_encoding: encoding,
    payload_location: null,
    record_hash: hash,
    validation_errors: errors,
    unknown_fields: unknownFields,
    source_system: transaction.sourceSystem,
    contract_version: transaction.version,
    origin: `${file.sourceFile}/${rowNumber}`,
    arrival_timestamp: file.arrivalTimestamp,
    ingestion_timestamp: file.ingestionTimestamp,
    transaction_id: columns.transaction_id,
    session_id: columns.session_id,
    user_id: columns.user_id,
    amount: columns.amount,
    currency: columns.currency,
    transaction_timestamp: columns.transaction_timestamp,
    source_file: file.sourceFile,
    row_number: rowNumber,
    header: file.header,
  };
};

/** The one row that stands for a file nothing of which can be used: its payload names the file and the problem. */
export const fileProblemRow = (
  file: Pick<FileContext, 'sourceFile' | 'arrivalTimestamp' | 'ingestionTimestamp'>,
  content: { contentHash: string; sizeBytes: number; problem: string },
): TransactionRow => ({
  ...NO_COLUMNS,
  payload: JSON.stringify({ file: file.sourceFile, size_bytes: content.sizeBytes, sha256: content.contentHash, problem: content.problem }),
  payload_encoding: 'utf8',
  payload_location: null,
  record_hash: recordHashOf(transaction.sourceSystem, content.contentHash),
  validation_errors: [`file: ${content.problem}`],
  unknown_fields: [],
  source_system: transaction.sourceSystem,
  contract_version: transaction.version,
  origin: `${file.sourceFile}/0`,
  arrival_timestamp: file.arrivalTimestamp,
  ingestion_timestamp: file.ingestionTimestamp,
  source_file: file.sourceFile,
  row_number: null,
  header: null,
});

export const requiredTransactionFields: readonly string[] = transactionColumns;
