import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { cutIntoBatches } from '../../cli/input/batches.ts';
import type { Batch } from '../../cli/input/batches.ts';
import { inspectInput } from '../../cli/input/given-input.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'floe-batches-'));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, content: string | Uint8Array): string => {
  writeFileSync(path.join(folder, name), content);
  return name;
};

const header = 'transaction_id,session_id,user_id,amount,currency,transaction_timestamp';
const rows = Array.from({ length: 10 }, (_, at) => `T${at},S,U,1.00,USD,2026-01-01 00:00:00`);
const events = write('events.jsonl', Array.from({ length: 11 }, (_, at) => `{"event_id":"E${at}"}`).join('\n'));
const transactions = write('transactions.csv.gz', gzipSync(`${header}\r\n${rows.join('\r\n')}\r\n`));
const users = write('users.csv', 'user_id,signup_date\nU1,2026-01-01\nU2,2026-01-02\n');

const contentOf = async (batch: Batch): Promise<{ events: string[]; users: string[]; files: { name: string; content: Buffer }[] }> => {
  const content = { events: [] as string[], users: [] as string[], files: [] as { name: string; content: Buffer }[] };
  for await (const event of batch.events()) content.events.push(event.bytes?.toString() ?? '');
  for await (const user of batch.users()) content.users.push(user.userId);
  for await (const file of batch.transactions()) content.files.push({ name: file.name, content: await buffer(file.content) });
  return content;
};

describe.each([1, 3, 7, 40])('input cut into %d batches', (count) => {
  test('every record is in exactly one of them, in the files\' order', async () => {
    const input = await inspectInput({ events: [events], transactions: [transactions], users }, folder);
    const contents = [];
    for (const batch of cutIntoBatches(input, count)) contents.push(await contentOf(batch));
    expect(contents).toHaveLength(count);
    expect(contents.flatMap((content) => content.events)).toEqual(Array.from({ length: 11 }, (_, at) => `{"event_id":"E${at}"}`));
    expect(contents.flatMap((content) => content.users)).toEqual(['U1', 'U2']);
    const files = contents.flatMap((content) => content.files);
    if (count === 1) expect(files[0]?.content.equals(readFileSync(path.join(folder, transactions)))).toBe(true);
    else {
      expect(files.flatMap(({ content }) => content.toString().trimEnd().split('\n').slice(1))).toEqual(rows);
      for (const { content } of files) expect(content.toString().startsWith(`${header}\n`)).toBe(true);
      expect(new Set(files.map(({ name }) => name)).size).toBe(files.length);
    }
  });
});

describe('unusable files', () => {
  test('are left aside with their reason, the others go on', async () => {
    const input = await inspectInput({ events: [events, write('empty.jsonl', '')], users: write('bad-users.csv', 'id\n1\n') }, folder);
    expect(input.events.map(({ file, records }) => [file.name, records])).toEqual([[events, 11]]);
    expect(input.users).toEqual([]);
    expect(input.problems).toEqual(['empty.jsonl: is empty', 'bad-users.csv: columns missing: user_id, signup_date (its first line: id)']);
  });

  test('a transactions file that is no CSV is handed over as it is, whole, in the first batch', async () => {
    const broken = write('broken.csv', 'not,what,is\nexpected,here,at all\n');
    const input = await inspectInput({ transactions: [broken, transactions] }, folder);
    expect(input.problems).toEqual([expect.stringMatching(/^broken\.csv: columns missing: .*; sent as it is, for the pipeline to quarantine$/)]);
    const [first, second] = cutIntoBatches(input, 2);
    expect((await contentOf(first!)).files.map(({ name }) => name)).toEqual(['broken.csv', 'transactions.part-1-of-2.csv']);
    expect((await contentOf(second!)).files.map(({ name }) => name)).toEqual(['transactions.part-2-of-2.csv']);
  });

  test('a transactions file with a header alone is no problem, and goes out as it is', async () => {
    const quiet = write('quiet.csv', `${header}\n`);
    const input = await inspectInput({ transactions: [quiet] }, folder);
    expect(input.problems).toEqual([]);
    const { files } = await contentOf(cutIntoBatches(input, 2)[0]!);
    expect(files.map(({ name, content }) => [name, content.toString()])).toEqual([['quiet.csv', `${header}\n`]]);
  });

  test('two files of one name do not replace each other', async () => {
    const input = await inspectInput({ transactions: [transactions, transactions] }, folder);
    expect((await contentOf(cutIntoBatches(input, 1)[0]!)).files.map(({ name }) => name)).toEqual([transactions, `2-${transactions}`]);
  });
});
