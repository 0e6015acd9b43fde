import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { FileServerError, FileUnreadableError, createLedger, filesDefaults, ingestTransactions, sightingKey, summarise } from '../../../src/lib/files/index.ts';
import type { FileOutcome, FilesConfig, RemoteFile } from '../../../src/lib/files/index.ts';
import { memoryObjects, memoryTable } from '../support/fakes.ts';
import { parquetRows } from '../support/parquet.ts';

const HEADER = 'transaction_id,session_id,user_id,amount,currency,transaction_timestamp';
const row = (id: number): string => `TXN_${id},SES_1,USR_1,10.50,PEN,2025-09-09 12:37:28`;
const csv = (...rows: string[]): Buffer => Buffer.from(`${HEADER}\n${rows.map((text) => `${text}\n`).join('')}`);
const mtime = Date.parse('2025-10-01T00:00:00Z');

let spoolFolder: string;
beforeAll(() => {
  spoolFolder = mkdtempSync(path.join(os.tmpdir(), 'floe-spool-'));
});
afterAll(() => rmSync(spoolFolder, { recursive: true, force: true }));

/** A file server, ledger and bucket in memory; time stands still until it is moved. */
const world = () => {
  const files = new Map<string, { bytes: Buffer; modifiedMillis: number; listedBytes?: number; unreadable?: boolean; lost?: boolean }>();
  const table = memoryTable();
  const objects = memoryObjects();
  const time = { now: Date.parse('2025-10-02T23:59:00Z') };
  const server = {
    list: async (folder: string): Promise<RemoteFile[]> =>
      [...files].map(([name, { bytes, modifiedMillis, listedBytes }]) => ({ name, path: `${folder}/${name}`, sizeBytes: listedBytes ?? bytes.length, modifiedMillis })),
    read: async function* (file: string): AsyncGenerator<Buffer> {
      const found = files.get(path.posix.basename(file))!;
      if (found.unreadable) throw new FileUnreadableError(`cannot read ${file}: permission denied`);
      yield found.bytes.subarray(0, 100);
      if (found.lost) throw new FileServerError('lost the connection');
      yield found.bytes.subarray(100);
    },
    close: async () => undefined,
  };
  const put = (name: string, bytes: Buffer, modifiedMillis = mtime): void => void files.set(name, { bytes, modifiedMillis });
  const run = (change: Partial<FilesConfig> & { remainingMillis?: () => number; failPut?: () => boolean } = {}): Promise<FileOutcome[]> => {
    const { remainingMillis = () => Infinity, failPut = () => false, ...config } = change;
    const guarded = { ...objects, put: (key: string, body: Uint8Array | string) => (failPut() ? Promise.reject(new Error('S3 is down')) : objects.put(key, body)) };
    return ingestTransactions(
      { server, ledger: createLedger(table), objects: guarded, clock: () => new Date(time.now), remainingMillis },
      { ...filesDefaults, folder: '/in', spoolFolder, ...config },
    );
  };
  const rows = async (): Promise<Record<string, unknown>[]> => (await Promise.all([...objects.stored].sort().map(([, bytes]) => parquetRows(bytes)))).flat();
  return { files, table, objects, time, put, run, rows };
};

/** A world whose file has been looked at once. */
const seen = async (name: string, bytes: Buffer) => {
  const made = world();
  made.put(name, bytes);
  expect(await made.run()).toMatchObject([{ state: 'waiting' }]);
  return made;
};

describe('when a file is taken', () => {
  test('at the second look that finds it unchanged', async () => {
    const { run, objects } = await seen('a.csv', csv(row(1)));
    expect(objects.puts).toStrictEqual([]);
    expect(await run()).toMatchObject([{ file: '/in/a.csv', state: 'done', rows: 1, quarantined: 0, parts: 1 }]);
    expect(await run()).toStrictEqual([]);
    expect(objects.puts).toHaveLength(1);
  });

  test('not while it grows', async () => {
    const { run, put } = await seen('a.csv', csv(row(1)));
    put('a.csv', csv(row(1), row(2)), mtime + 1_000);
    expect(await run()).toMatchObject([{ state: 'waiting' }]);
    expect(await run()).toMatchObject([{ state: 'done', rows: 2 }]);
  });

  test('not before the two looks lie as far apart as configured', async () => {
    const { run, time } = await seen('a.csv', csv(row(1)));
    expect(await run({ quietSeconds: 60 })).toMatchObject([{ state: 'waiting' }]);
    time.now += 60_000;
    expect(await run({ quietSeconds: 60 })).toMatchObject([{ state: 'done' }]);
  });

  test('at once where a marker says it is whole; markers, hidden files and uploads under way are no files', async () => {
    const { run, put } = world();
    put('a.csv', csv(row(1)));
    put('a.csv.done', Buffer.alloc(0));
    put('.b.csv', csv(row(2)));
    put('c.csv.filepart', csv(row(3)));
    expect(await run({ quietSeconds: 3_600 })).toMatchObject([{ file: '/in/a.csv', state: 'done' }]);
  });

  test('a file longer than it was listed is left for the next look', async () => {
    const { run, files } = await seen('a.csv', csv(row(1)));
    const listedBytes = csv(row(1)).length;
    files.set('a.csv', { bytes: csv(row(1), row(2)), modifiedMillis: mtime, listedBytes });
    expect((await run())[0]?.state).toBe('waiting');
  });
});

describe('what bronze gets', () => {
  test('the row as it came, its columns, its header, and where it came from', async () => {
    const { run, rows } = await seen('a.csv', Buffer.from(`\ufeff${HEADER},note\r\nTXN_1,SES_1,USR_1,"10.50",PEN,2025-09-09 12:37:28,"two\nlines"\r\n`));
    await run();
    expect(await rows()).toMatchObject([
      {
        payload: 'TXN_1,SES_1,USR_1,"10.50",PEN,2025-09-09 12:37:28,"two\nlines"', header: `${HEADER},note`, amount: '10.50', transaction_timestamp: '2025-09-09 12:37:28.000000',
        validation_errors: [], unknown_fields: ['note'], source_system: 'transactions', source_file: '/in/a.csv', row_number: '1', origin: '/in/a.csv/1',
        arrival_timestamp: '2025-10-01 00:00:00.000000', ingestion_timestamp: '2025-10-02 23:59:00.000000',
      },
    ]);
  });

  test('every row, valid or not, with its reasons', async () => {
    const { run, rows } = await seen('a.csv', Buffer.concat([csv(row(1), 'TXN_2,SES_1', 'TXN_3,,USR_1,x,XXQ,never', '"open'), Buffer.from([0xff, 0xfe, 10]), Buffer.from(`${row(9)}\n`)]));
    expect(summarise(await run())).toMatchObject({ rows: 6, quarantined: 4 });
    expect((await rows()).map((found) => found['validation_errors'])).toStrictEqual([
      [], ['row: 2 fields instead of 6'],
      ['session_id: missing', 'amount: not a number', 'currency: unknown value "XXQ"', 'transaction_timestamp: not a timestamp'],
      ['row: quote not closed'], ['payload: not UTF-8'], [],
    ]);
  });

  test.each(['a.csv.gz', 'a.csv'])('of a gzipped file the same rows, whatever its name: %s', async (name) => {
    const { run } = await seen(name, gzipSync(csv(row(1), row(2))));
    expect(await run()).toMatchObject([{ state: 'done', rows: 2 }]);
  });

  test('of a file that is called gzipped and is not, its rows', async () => {
    const { run } = await seen('a.csv.gz', csv(row(1), row(2)));
    expect(await run()).toMatchObject([{ state: 'done', rows: 2 }]);
  });

  test('of a file with a header only, nothing: an hour without transactions is no mistake', async () => {
    const { run, objects } = await seen('a.csv', csv());
    expect(await run()).toMatchObject([{ state: 'done', rows: 0, parts: 0 }]);
    expect(objects.puts).toStrictEqual([]);
  });
});

describe('a file nothing of which can be used is one quarantine row', () => {
  const truncated = gzipSync(csv(...Array.from({ length: 500 }, (_, index) => `${row(index)}${Math.sin(index)}`)));
  test.each([
    ['empty.csv', Buffer.alloc(0), 'file: empty'],
    ['blank.csv', Buffer.from('\n\n'), 'file: empty'],
    ['photo.csv', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]), 'file: not CSV'],
    ['other.csv', Buffer.from('a,b\n1,2\n'), 'file: not CSV with the columns of transactions'],
    ['short.csv', Buffer.from(`${HEADER.replace(',currency', '')}\n`), 'file: missing column currency'],
    ['twice.csv', Buffer.from(`${HEADER},amount\n`), 'file: column "amount" stands twice'],
    ['cut.csv.gz', truncated.subarray(0, truncated.length / 2), 'file: truncated or damaged gzip (unexpected end of file)'],
    ['bent.csv.gz', Buffer.concat([gzipSync(csv(row(1))).subarray(0, 20), Buffer.alloc(50, 7)]), 'file: truncated or damaged gzip (invalid distance too far back)'],
    ['wide.csv', csv(row(1), 'x'.repeat(16 * 1_048_576 + 1)), 'file: row 2 is longer than 16777216 bytes'],
    ['many-columns.csv', Buffer.from(`${HEADER}${',x'.repeat(33_000)}\n`), 'file: header: longer than 65536 bytes'],
  ])('%s', async (name, bytes, reason) => {
    const { run, rows, put } = await seen(name, bytes);
    put('good.csv', csv(row(1)), mtime + 5_000);
    put('good.csv.done', Buffer.alloc(0));
    expect(await run()).toMatchObject([{ file: `/in/${name}`, state: 'failed', rows: 1, quarantined: 1 }, { file: '/in/good.csv', state: 'done', rows: 1 }]);
    const quarantined = (await rows()).filter((found) => found['row_number'] === null);
    expect(quarantined).toMatchObject([{ validation_errors: [reason], source_file: `/in/${name}`, transaction_id: null, origin: `/in/${name}/0` }]);
    expect(JSON.parse(String(quarantined[0]?.['payload']))).toMatchObject({ file: `/in/${name}`, size_bytes: bytes.length, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    expect(await run()).toStrictEqual([]);
  });
});

describe('nothing is doubled', () => {
  test('known content under a new name is recorded and not read', async () => {
    const { run, put, objects, table } = await seen('a.csv', csv(row(1)));
    await run();
    put('b.csv', csv(row(1)), mtime + 60_000);
    await run();
    expect(await run()).toMatchObject([{ file: '/in/b.csv', state: 'duplicate', rows: 0, reason: 'same content as /in/a.csv' }]);
    expect(objects.puts).toHaveLength(1);
    expect(table.items.get(sightingKey({ name: 'b.csv', path: '/in/b.csv', sizeBytes: csv(row(1)).length, modifiedMillis: mtime + 60_000 }))).toMatchObject({ state: 'duplicate', duplicate_of: '/in/a.csv' });
    expect(await run()).toStrictEqual([]);
  });

  test('other content under the same name is another file', async () => {
    const { run, put, objects } = await seen('a.csv', csv(row(1)));
    await run();
    put('a.csv', csv(row(2)), mtime + 60_000);
    await run();
    expect(await run()).toMatchObject([{ file: '/in/a.csv', state: 'done', rows: 1 }]);
    expect(new Set(objects.puts).size).toBe(2);
  });
});

describe('a crash is harmless', () => {
  const many = csv(...Array.from({ length: 40 }, (_, index) => row(index)));
  const partBytes = 500;

  const uninterrupted = async (): Promise<Map<string, Uint8Array>> => {
    const { run, objects } = await seen('a.csv', many);
    await run({ partBytes });
    return objects.stored;
  };

  test('wherever S3 fails, the next run goes on at the next part and leaves the same objects, byte for byte, over midnight too', async () => {
    const expected = await uninterrupted();
    expect(expected.size).toBeGreaterThan(3);
    for (let failAt = 0; failAt < expected.size; failAt += 1) {
      const { run, objects, time } = await seen('a.csv', many);
      let puts = 0;
      await expect(run({ partBytes, failPut: () => (puts += 1) > failAt })).rejects.toThrow('S3 is down');
      expect(objects.puts).toHaveLength(failAt);
      time.now += 86_400_000;
      expect(await run({ partBytes: 9_999 })).toMatchObject([{ state: 'done', parts: expected.size - failAt }]);
      expect(objects.stored).toStrictEqual(expected);
      expect(objects.puts).toHaveLength(expected.size);
    }
  });

  test('a file taken up again after days goes on in the partition of the day, where runs still look', async () => {
    const { run, objects, time } = await seen('a.csv', many);
    let puts = 0;
    await expect(run({ partBytes, failPut: () => (puts += 1) > 2 })).rejects.toThrow('S3 is down');
    time.now += 9 * 86_400_000;
    expect(await run()).toMatchObject([{ state: 'done' }]);
    const partitions = objects.puts.map((key) => /ingestion_date=([^/]*)/.exec(key)?.[1]);
    expect(new Set(partitions.slice(0, 2))).toEqual(new Set(['2025-10-02']));
    expect(new Set(partitions.slice(2))).toEqual(new Set(['2025-10-11']));
    expect((await uninterrupted()).size).toBe(objects.puts.length);
  });

  test('the end of the time leaves a file unfinished, and the next run finishes it', async () => {
    const expected = await uninterrupted();
    const { run, objects } = await seen('a.csv', many);
    let calls = 0;
    expect(await run({ partBytes, reserveMillis: 1, remainingMillis: () => ((calls += 1) > 2 ? 0 : 10) })).toMatchObject([{ state: 'unfinished', parts: 2 }]);
    expect(await run()).toMatchObject([{ state: 'done', parts: expected.size - 2 }]);
    expect(objects.stored).toStrictEqual(expected);
  });

  test('a crash between the content and its sighting ends as done, not as a duplicate of itself', async () => {
    const { run, table } = await seen('a.csv', csv(row(1)));
    const [sighting] = [...table.items];
    await run();
    table.items.set(sighting![0], { ...sighting![1], state: 'claimed' });
    expect(await run()).toMatchObject([{ state: 'done', rows: 0 }]);
    expect(table.items.get(sighting![0])).toMatchObject({ state: 'done' });
  });

  test('two runs at once write the same objects, and the file is told done', async () => {
    const expected = await uninterrupted();
    const { run, objects } = await seen('a.csv', many);
    const both = (await Promise.all([run({ partBytes }), run({ partBytes })])).flat();
    const last = await run();
    expect([...both, ...last].some(({ state }) => state === 'done')).toBe(true);
    expect(await run()).toStrictEqual([]);
    expect(objects.stored).toStrictEqual(expected);
  });
});

describe('one file never stops the others', () => {
  test('a file that cannot be read is told and tried again', async () => {
    const { run, files, put } = await seen('a.csv', csv(row(1)));
    files.get('a.csv')!.unreadable = true;
    put('b.csv', csv(row(2)), mtime + 1_000);
    put('b.csv.done', Buffer.alloc(0));
    expect(await run()).toMatchObject([{ file: '/in/a.csv', state: 'unreadable', reason: 'cannot read /in/a.csv: permission denied' }, { file: '/in/b.csv', state: 'done' }]);
    files.get('a.csv')!.unreadable = false;
    expect(await run()).toMatchObject([{ file: '/in/a.csv', state: 'done' }]);
  });

  test('a lost connection is an error that names the file, and leaves nothing behind on disk', async () => {
    const { run, files } = await seen('a.csv', csv(row(1)));
    files.get('a.csv')!.lost = true;
    await expect(run()).rejects.toThrow(/^ingest of \/in\/a\.csv\|\d+\|\d+ failed: lost the connection$/);
    expect(readdirSync(spoolFolder)).toStrictEqual([]);
  });
});
