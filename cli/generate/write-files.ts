import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { CliError, reasonOf } from '../cli-error.ts';
import { generateAppEvents } from './app-events.ts';
import type { GeneratedRecord, RecordKind } from './records.ts';
import type { GenerateSettings } from './settings.ts';
import { generateShopEvents, shopEventsHeader } from './shop-events.ts';
import { generateTransactions, transactionsHeader } from './transactions.ts';
import { changedUsers, generateUsers, toUserRow, usersHeader } from './users.ts';
import type { User } from './users.ts';

/** A file written, and how many records of each kind are in it. */
export interface WrittenFile {
  file: string;
  records: number;
  kinds: Record<RecordKind, number>;
}

interface FilePlan {
  name: string;
  header?: string;
  records: Iterable<GeneratedRecord>;
  expected: number;
}

export interface WriteOptions {
  folder: string;
  gzip: boolean;
  /** Told now and then how many records of a file are written, of about how many. */
  onProgress?: (file: string, written: number, expected: number) => void;
}

const chunkLength = 1 << 16;

/**
 * Writes the files of all sources that have records: events.jsonl, shop-events.csv, transactions.csv, users.csv and
 * users-changed.csv, with `.gz` behind the first three if asked. A file appears under its name only when it is whole.
 * @throws CliError where the folder cannot be written.
 */
export const writeFiles = async (settings: GenerateSettings, options: WriteOptions): Promise<WrittenFile[]> => {
  const written: WrittenFile[] = [];
  try {
    await mkdir(options.folder, { recursive: true });
    for (const plan of plansOf(settings, options.gzip)) written.push(await writeFile(plan, options));
  } catch (cause) {
    throw new CliError(`cannot write to ${options.folder}: ${reasonOf(cause)}`, { cause });
  }
  return written;
};

const plansOf = (settings: GenerateSettings, gzip: boolean): FilePlan[] => {
  const suffix = gzip ? '.gz' : '';
  const more = 1 + settings.duplicateRate;
  const plans: FilePlan[] = [
    { name: `events.jsonl${suffix}`, records: generateAppEvents(settings), expected: settings.events * more },
    { name: `shop-events.csv${suffix}`, header: shopEventsHeader, records: generateShopEvents(settings), expected: settings.shopEvents * more },
    { name: `transactions.csv${suffix}`, header: transactionsHeader, records: generateTransactions(settings), expected: settings.transactions * more },
    { name: 'users.csv', header: usersHeader, records: asRecords(generateUsers(settings)), expected: settings.users },
    { name: 'users-changed.csv', header: usersHeader, records: asRecords(changedUsers(settings)), expected: settings.users * settings.changedUserRate },
  ];
  return plans.filter((plan) => plan.expected > 0);
};

function* asRecords(users: Iterable<User>): Generator<GeneratedRecord> {
  for (const user of users) yield { kind: user.country.length === 2 ? 'fresh' : 'broken', text: toUserRow(user) };
}

const writeFile = async (plan: FilePlan, options: WriteOptions): Promise<WrittenFile> => {
  const file = path.join(options.folder, plan.name);
  const partial = `${file}.partial`;
  const result: WrittenFile = { file, records: 0, kinds: { fresh: 0, late: 0, duplicate: 0, broken: 0 } };
  const source = Readable.from(chunksOf(plan, result, options.onProgress));
  const target = createWriteStream(partial);
  try {
    await (plan.name.endsWith('.gz') ? pipeline(source, createGzip({ level: 6 }), target) : pipeline(source, target));
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  return result;
};

function* chunksOf(plan: FilePlan, result: WrittenFile, onProgress: WriteOptions['onProgress']): Generator<Buffer> {
  let chunk = plan.header === undefined ? '' : `${plan.header}\n`;
  for (const record of plan.records) {
    result.records += 1;
    result.kinds[record.kind] += 1;
    chunk += `${record.text}\n`;
    if (chunk.length < chunkLength) continue;
    yield Buffer.from(chunk);
    chunk = '';
    onProgress?.(plan.name, result.records, plan.expected);
  }
  onProgress?.(plan.name, result.records, result.records);
  if (chunk !== '') yield Buffer.from(chunk);
}
