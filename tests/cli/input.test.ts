import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { readLines } from '../../cli/input/lines.ts';
import type { InputFile } from '../../cli/input/open-file.ts';
import { inspect, largestRecord, readAppEvents, readShopEvents, readTransactionRows, readUsers } from '../../cli/input/sources.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'floe-input-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string | Uint8Array): InputFile => {
  writeFileSync(path.join(folder, name), content);
  return { name, path: path.join(folder, name) };
};
const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
};
const shopHeader = 'event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session';

describe('lines of app events', () => {
  test('are kept byte for byte, without line ends, byte order mark and empty lines', async () => {
    const lines = await all(readAppEvents(file('a.jsonl', '\ufeff{"a": 1}\r\n\n  {"b":"\u00fc"}\nnot json')));
    expect(lines.map((line) => line.bytes?.toString())).toEqual(['{"a": 1}', '  {"b":"ü"}', 'not json']);
    expect(lines.map((line) => line.line)).toEqual([1, 3, 4]);
  });

  test('are the same from a gzip file, by whatever name', async () => {
    const text = Array.from({ length: 50_000 }, (_, at) => `{"number":${at}}`).join('\n');
    const plain = (await all(readLines(file('b.jsonl', text), 1000))).map((line) => line.bytes?.toString());
    const packed = (await all(readLines(file('b.unusual', gzipSync(text)), 1000))).map((line) => line.bytes?.toString());
    expect(packed).toEqual(plain);
    expect(plain).toHaveLength(50_000);
  });

  test('bytes that are not UTF-8 are not changed', async () => {
    const bytes = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
    const [line] = await all(readAppEvents(file('c.jsonl', bytes)));
    expect(line?.bytes?.equals(bytes)).toBe(true);
  });

  test('a record above what Kinesis takes is told by its line and size, its content is not kept', async () => {
    const lines = await all(readAppEvents(file('d.jsonl', `{}\n${'x'.repeat(2 << 20)}\n{}\n`)));
    expect(lines.map(({ line, size, bytes }) => [line, size, bytes === undefined])).toEqual([[1, 2, false], [2, 2 << 20, true], [3, 2, false]]);
    expect((await all(readAppEvents(file('e.jsonl', 'y'.repeat(largestRecord)))))[0]?.bytes?.length).toBe(largestRecord);
    expect((await all(readAppEvents(file('f.jsonl', 'y'.repeat(largestRecord + 1)))))[0]?.bytes).toBeUndefined();
  });
});

describe('rows of shop events', () => {
  test('become JSON objects of strings in the header\'s order', async () => {
    const [row] = await all(readShopEvents(file('shop.csv', `${shopHeader}\n2019-10-01 00:00:00 UTC,view,44600062,2103807459595387724,,shiseido,35.79,541312140,72d7\n`)));
    expect(row?.bytes?.toString()).toBe(
      '{"event_time":"2019-10-01 00:00:00 UTC","event_type":"view","product_id":"44600062","category_id":"2103807459595387724","category_code":"","brand":"shiseido","price":"35.79","user_id":"541312140","user_session":"72d7"}',
    );
  });

  test('too few or too many fields are passed on for the contract to judge', async () => {
    const rows = await all(readShopEvents(file('short.csv', `${shopHeader}\n2019,view\n1,2,3,4,5,6,7,8,9,10\n`)));
    expect(rows.map((row) => JSON.parse(row.bytes?.toString() ?? '') as unknown)).toEqual([
      { event_time: '2019', event_type: 'view' },
      expect.objectContaining({ user_session: '9', surplus_field_10: '10' }),
    ]);
  });
});

describe('rows of users and transactions', () => {
  test('a users file without updated_at takes signup_date for it', async () => {
    const [user] = await all(readUsers(file('users.csv', 'user_id,signup_date,device_type,country\nU1,2025-09-10 00:24:02,Web,BR\n')));
    expect(user).toMatchObject({ userId: 'U1', signupDate: '2025-09-10 00:24:02', deviceType: 'Web', country: 'BR', updatedAt: '2025-09-10 00:24:02' });
  });

  test('columns may stand in any order, and updated_at is taken where it is there', async () => {
    const [user] = await all(readUsers(file('users2.csv', '\ufeffcountry,updated_at,user_id,signup_date\r\nPE,2026-01-01,U1,2025-01-01\r\n')));
    expect(user).toMatchObject({ userId: 'U1', signupDate: '2025-01-01', deviceType: '', country: 'PE', updatedAt: '2026-01-01' });
  });

  test('a transaction row keeps its raw text, quoted line breaks too', async () => {
    const header = 'transaction_id,session_id,user_id,amount,currency,transaction_timestamp';
    const rows = await all(readTransactionRows(file('t.csv', `${header}\r\n"T\n1",S,U,1.00,USD,2026-01-01 00:00:00\r\nT2,S,U,2.00,USD,x,surplus\r\n`)));
    expect(rows.map((row) => row.raw)).toEqual(['"T\n1",S,U,1.00,USD,2026-01-01 00:00:00', 'T2,S,U,2.00,USD,x,surplus']);
    expect(rows[0]?.header).toBe(header);
  });
});

describe('files that cannot be used say so in one line', () => {
  const gzip = gzipSync(Array.from({ length: 9000 }, (_, at) => `{"event_id":"${at * 7919}"}`).join('\n'));
  test.each([
    ['missing.jsonl', undefined, readAppEvents, 'missing.jsonl: cannot be read: no such file or directory'],
    ['empty.jsonl', '', readAppEvents, 'empty.jsonl: is empty'],
    ['empty.csv', '', readShopEvents, 'empty.csv: is empty'],
    ['twice.csv', `${shopHeader.replace('brand', 'price')}\n`, readShopEvents, `twice.csv: columns more than once: price (its first line: ${shopHeader.replace('brand', 'price').slice(0, 80)})`],
    ['only-header.csv', `${shopHeader}\n`, readShopEvents, 'only-header.csv: is empty'],
    ['binary.jsonl', Buffer.from([1, 0, 2, 10, 3]), readAppEvents, 'binary.jsonl: is a binary file, not text'],
    ['plain.jsonl.gz', '{"a":1}\n', readAppEvents, 'plain.jsonl.gz: is not a gzip file'],
    ['cut.jsonl.gz', gzip.subarray(0, gzip.length - 2000), readAppEvents, 'cut.jsonl.gz: the gzip data ends early (a truncated file)'],
    ['columns.csv', 'event_time,event_type\n1,2\n', readShopEvents, 'columns.csv: columns missing: product_id, price, user_id, user_session (its first line: event_time,event_type)'],
    ['users-columns.csv', 'id,signup_date\n1,2\n', readUsers, 'users-columns.csv: columns missing: user_id (its first line: id,signup_date)'],
  ] as const)('%s', async (name, content, read, message) => {
    const input = content === undefined ? { name, path: path.join(folder, name) } : file(name, content);
    await expect(inspect(input, read)).rejects.toThrow(message);
  });

  test('a damaged gzip', async () => {
    const damaged = Buffer.from(gzip);
    damaged.fill(0x55, 200, 1200);
    await expect(inspect(file('damaged.jsonl.gz', damaged), readAppEvents)).rejects.toThrow('damaged.jsonl.gz: the gzip data is damaged');
  });

  test('a directory', async () => {
    await expect(inspect({ name: 'here', path: folder }, readAppEvents)).rejects.toThrow('here: cannot be read: is a directory');
  });
});
