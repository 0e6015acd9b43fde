import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { currencies } from '../../src/lib/contracts/index.ts';
import { createLedger, filesDefaults, ingestTransactions, type FileOutcome } from '../../src/lib/files/index.ts';
import { memoryObjects, memoryTable } from '../unit/support/fakes.ts';
import { parquetRows } from '../unit/support/parquet.ts';
import { HEADER } from './corpus/files.ts';
import { fieldsOf, hashOf, judgeTransaction, rowsOf, type Verdict } from './judge.ts';
import { brokenFields, fuzzedNumber, fuzzedTime } from './fuzz-records.ts';

/** When the files of a test were last written, milliseconds since 1970. */
const MODIFIED = Date.parse('2025-11-08T00:00:00Z');
export const CURRENCIES: readonly string[] = [...currencies];

export interface IngestedFile {
  readonly outcome: FileOutcome;
  /** Bronze's rows in their order. */
  readonly rows: readonly Record<string, unknown>[];
}

/** One file through ingest-transactions, from a server in memory that answers in chunks of the given size. */
export const ingest = async (bytes: Buffer, { name = 'a.csv', partBytes = 4 << 20, chunkBytes = 1 << 16 } = {}): Promise<IngestedFile> => {
  const spoolFolder = mkdtempSync(path.join(os.tmpdir(), 'floe-fuzz-'));
  const objects = memoryObjects();
  const file = { name, path: `/in/${name}`, sizeBytes: bytes.length, modifiedMillis: MODIFIED };
  const server = {
    list: async () => [file, { ...file, name: `${name}.done` }],
    read: async function* () {
      for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
    },
    close: async () => undefined,
  };
  try {
    const ports = { server, ledger: createLedger(memoryTable()), objects, clock: () => new Date(MODIFIED + 60_000), remainingMillis: () => Infinity };
    const [outcome] = await ingestTransactions(ports, { ...filesDefaults, folder: '/in', spoolFolder, partBytes });
    const parts = [...objects.stored].sort(([a], [b]) => (a < b ? -1 : 1));
    return { outcome: outcome!, rows: parts.length === 0 ? [] : await parquetRows(...parts.map(([, part]) => part)) };
  } finally {
    rmSync(spoolFolder, { recursive: true, force: true });
  }
};

const bytesOf = (row: Readonly<Record<string, unknown>>): Buffer => Buffer.from(String(row['payload']), row['payload_encoding'] === 'base64' ? 'base64' : 'utf8');

export const contentOf = (bytes: Buffer): Buffer => (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes);

/** What a second judge makes of a readable file's rows below its header. */
export const verdictsOf = (content: Buffer, modifiedMillis = MODIFIED): { raw: Buffer; verdict: Verdict }[] => {
  const [header, ...rows] = rowsOf(content) ?? [];
  const names = fieldsOf((header ?? Buffer.alloc(0)).toString('utf8')) ?? [];
  return rows.map((raw) => ({ raw, verdict: judgeTransaction(raw, names, BigInt(modifiedMillis) * 1_000n, CURRENCIES) }));
};

const bronzeOf = (row: Readonly<Record<string, unknown>>) => ({
  number: row['row_number'], bytes: bytesOf(row).toString('latin1'), hash: row['record_hash'], broken: brokenFields(row['validation_errors'] as string[]),
  columns: Object.fromEntries(Object.keys(judgeTransaction(Buffer.alloc(0), [], 0n, []).columns).map((name) => [name, row[name]])),
  unknownFields: row['unknown_fields'],
});

/** Bronze's rows are the file's rows, byte for byte, and judged as the second judge judges them. */
export const expectFileJudgedAlike = (bytes: Buffer, rows: readonly Record<string, unknown>[]): void => {
  const expected = verdictsOf(contentOf(bytes));
  expect(rows.map(bronzeOf)).toEqual(
    expected.map(({ raw, verdict }, index) => ({
      number: String(index + 1), bytes: raw.toString('latin1'), hash: hashOf('transactions', raw), broken: verdict.broken, columns: verdict.columns,
      unknownFields: ['row', 'payload'].includes(verdict.broken[0] ?? '') ? [] : verdict.unknownFields,
    })),
  );
};

const text = fc.string({ unit: fc.constantFrom('a', 'é', '"', '""', ',', '\n', '\r\n', '\r', ' ', '\0'), maxLength: 5 });
const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;
const field = fc.oneof(text, text.map(quoted), fuzzedNumber, fuzzedTime, fc.constantFrom('USD', 'PEN', 'usd', '""', '"'));
const GOOD = ['T1', 'S1', 'U1', '1.50', 'USD', '2025-11-07 19:46:52'];
/** A good row of which some fields were replaced; seldom with too few or too many. */
const anyRow = fc.tuple(fc.array(fc.option(field, { freq: 3 }), { minLength: 6, maxLength: 6 }), fc.constantFrom(6, 6, 6, 6, 5, 7))
  .map(([fields, count]) => [...fields.map((value, index) => value ?? GOOD[index] ?? ''), ''].slice(0, count).join(','));
const lineEnd = fc.constantFrom('\n', '\n', '\r\n', '\r', '\n\n', '');
const anyHeader = fc.oneof({ weight: 6, arbitrary: fc.constant(HEADER) }, fc.constantFrom(`\ufeff${HEADER}`, `"${HEADER.replaceAll(',', '","')}"`, HEADER.split(',').reverse().join(','), `${HEADER},"new\ncolumn"`));

/** A file of transactions whose header can be read; behind it stands anything. */
export const fuzzedFile: fc.Arbitrary<Buffer> = fc
  .tuple(anyHeader, fc.array(fc.tuple(anyRow, lineEnd), { maxLength: 30 }), fc.constantFrom<BufferEncoding>('utf8', 'utf8', 'utf8', 'latin1'))
  .map(([header, rows, encoding]) => Buffer.concat([Buffer.from(`${header}\n`), Buffer.from(rows.map((parts) => parts.join('')).join(''), encoding)]));

export const fuzzedFilesAreJudgedAlike = async (bytes: Buffer, partBytes: number, chunkBytes: number): Promise<void> => {
  const { outcome, rows } = await ingest(bytes, { partBytes, chunkBytes });
  expect(outcome.state).toBe('done');
  expectFileJudgedAlike(bytes, rows);
};
