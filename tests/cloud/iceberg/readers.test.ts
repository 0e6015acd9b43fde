import path from 'node:path';
import { openAthena } from '../../../localcloud/athena/index.ts';
import { FileObjectStore } from '../../../localcloud/s3/index.ts';
import { loadTable, remove, temporaryFolder } from './crash-lake.ts';
import { LineProcess } from './readers-process.ts';
import { CREATE, READER_STATEMENTS, ROWS, rowText } from './readers-statements.ts';

const readWithIcebird = async (icebird: LineProcess, dataDir: string): Promise<Record<string, unknown>[]> => {
  const table = loadTable(dataDir);
  return (await icebird.ask({ root: path.join(dataDir, 's3'), metadataFile: table.files.fileOf(table.metadataLocation) })) as Record<string, unknown>[];
};

/** Numbers and dates come as JSON has them. */
const textOf = (value: unknown): string | null => (value === null || value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value));

const rowOf = (row: Record<string, unknown>): string => {
  const amount = row['amount'] ?? null;
  const tags = row['tags'] ?? null;
  return rowText([
    textOf(row['id']),
    textOf(row['name']),
    amount === null ? null : Number(amount).toFixed(2),
    textOf(row['day'])?.slice(0, 10) ?? null,
    textOf(row['at'])?.slice(0, 19).replace('T', ' ') ?? null,
    tags === null ? null : (tags as (string | null)[]).map((tag) => tag ?? 'NULL').join(','),
  ]);
};

test('icebird, an independent reader, sees the same rows after every kind of statement', async () => {
  const dataDir = temporaryFolder();
  const store = new FileObjectStore({ dataDir });
  store.createBucket('lake');
  const icebird = new LineProcess(process.execPath, [path.resolve('tests/cloud/iceberg/readers-icebird.mjs')]);
  let laterMs = 0;
  const athena = openAthena({ dataDir, store, clock: () => new Date(Date.now() + laterMs), limits: { threads: 1, memoryLimit: '512MB' } });
  try {
    await athena.execute('CREATE DATABASE db');
    await athena.execute(CREATE);
    for (const statement of READER_STATEMENTS) {
      laterMs += statement.laterMs ?? 0;
      await athena.execute(statement.sql);
      const ours = (await athena.execute(ROWS)).rows.map(rowText).sort();
      const theirs = (await readWithIcebird(icebird, dataDir)).map(rowOf).sort();
      expect({ after: statement.kind, rows: theirs }).toEqual({ after: statement.kind, rows: ours });
      expect(ours.length).toBeGreaterThan(2);
    }
  } finally {
    await icebird.close();
    await athena.close();
    remove(dataDir);
  }
});
