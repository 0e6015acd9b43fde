import { readCsv } from './csv.ts';
import { InputFileError } from './input-file-error.ts';
import { readLines } from './lines.ts';
import type { InputFile } from './open-file.ts';

/** A record of the event stream, ready to be published; `bytes` is missing where it is too large for the stream. */
export interface StreamInput {
  file: string;
  line: number;
  size: number;
  bytes: Buffer | undefined;
}

/** A row of a users file. Times are text, as they stand in the file. */
export interface UserInput {
  file: string;
  line: number;
  userId: string;
  signupDate: string;
  deviceType: string;
  country: string;
  updatedAt: string;
}

/** Kinesis takes records of up to 1 MiB, its partition key included; session ids are far below the 1 KiB left for it. */
export const largestRecord = (1 << 20) - 1024;

export const shopColumns = ['event_time', 'event_type', 'product_id', 'price', 'user_id', 'user_session'] as const;
export const transactionColumns = ['transaction_id', 'session_id', 'user_id', 'amount', 'currency', 'transaction_timestamp'] as const;
export const userColumns = ['user_id', 'signup_date'] as const;

/** App events: each line of the file is one record, byte for byte, whatever it holds. */
export async function* readAppEvents(file: InputFile): AsyncGenerator<StreamInput> {
  for await (const line of readLines(file, largestRecord)) yield { file: file.name, line: line.number, size: line.size, bytes: line.bytes };
}

/** Shop events: each row as a JSON object of strings, members in the header's order, as floe's own producer sends them. */
export async function* readShopEvents(file: InputFile): AsyncGenerator<StreamInput> {
  const { header, rows } = await readCsv(file, shopColumns);
  for await (const row of rows) {
    const bytes = Buffer.from(JSON.stringify(toObject(header.fields, row.fields)));
    yield { file: file.name, line: row.line, size: bytes.length, bytes: bytes.length <= largestRecord ? bytes : undefined };
  }
}

/** Missing fields stay out, surplus ones get a name of their own: the contract judges them, nothing is lost on the way. */
const toObject = (header: readonly string[], fields: readonly string[]): Record<string, string> =>
  Object.fromEntries(fields.map((field, at) => [header[at] ?? `surplus_field_${at + 1}`, field]));

export async function* readUsers(file: InputFile): AsyncGenerator<UserInput> {
  const { header, rows } = await readCsv(file, userColumns);
  const at = (name: string): number => header.fields.indexOf(name);
  const columns = { userId: at('user_id'), signupDate: at('signup_date'), deviceType: at('device_type'), country: at('country'), updatedAt: at('updated_at') };
  for await (const { fields, line } of rows) {
    const field = (column: number): string => fields[column] ?? '';
    const signupDate = field(columns.signupDate);
    yield {
      file: file.name,
      line,
      userId: field(columns.userId),
      signupDate,
      deviceType: field(columns.deviceType),
      country: field(columns.country),
      updatedAt: field(columns.updatedAt) || signupDate,
    };
  }
}

/** What of a file there is to read: how many records. */
export interface InspectedFile {
  file: InputFile;
  records: number;
}

/**
 * Reads a file to its end, so that what makes it unusable is known before anything is sent.
 * @throws InputFileError
 */
export const countRecords = async (file: InputFile, read: (file: InputFile) => AsyncIterable<unknown>): Promise<InspectedFile> => {
  let records = 0;
  const items = read(file)[Symbol.asyncIterator]();
  while ((await items.next()).done !== true) records += 1;
  return { file, records };
};

/** {@link countRecords} where a file without records is an error too. */
export const inspect = async (file: InputFile, read: (file: InputFile) => AsyncIterable<unknown>): Promise<InspectedFile> => {
  const inspected = await countRecords(file, read);
  if (inspected.records === 0) throw new InputFileError(file.name, 'is empty');
  return inspected;
};

/** The rows of a transactions file with its header, for cutting it into several. */
export async function* readTransactionRows(file: InputFile): AsyncGenerator<{ header: string; raw: string }> {
  const { header, rows } = await readCsv(file, transactionColumns);
  for await (const row of rows) yield { header: header.raw, raw: row.raw };
}
