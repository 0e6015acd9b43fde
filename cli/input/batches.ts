import { createReadStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { GivenInput, TransactionsFile } from './given-input.ts';
import type { InputFile } from './open-file.ts';
import { readAppEvents, readShopEvents, readTransactionRows, readUsers } from './sources.ts';
import type { InspectedFile, StreamInput, UserInput } from './sources.ts';

/** A file for the SFTP server. */
export interface DeliveredFile {
  name: string;
  content: Readable;
}

/** One batch of the given input: what each source sends before a run. To be read in the batches' order. */
export interface Batch {
  events(): AsyncGenerator<StreamInput>;
  users(): AsyncGenerator<UserInput>;
  transactions(): AsyncGenerator<DeliveredFile>;
}

/**
 * Cuts given files into batches of equal share: the n-th batch holds the n-th part of each file, in the file's order.
 * Files are read as the batches are, once. A transactions file that is not cut goes out byte for byte; the parts of one
 * that is are files of their own, each with the header.
 */
export const cutIntoBatches = (input: GivenInput, count: number): Batch[] => {
  const events = [...input.events.map((file) => new Cut(file, readAppEvents, count)), ...input.shopEvents.map((file) => new Cut(file, readShopEvents, count))];
  const users = input.users.map((file) => new Cut(file, readUsers, count));
  const names = distinctNames(input.transactions);
  const transactions = input.transactions.map((file, at) => ({ ...file, name: names[at] ?? file.file.name, rows: rowsOf(file, count) }));
  return Array.from({ length: count }, (_, batch) => ({
    async *events() {
      for (const cut of events) yield* cut.next(batch);
    },
    async *users() {
      for (const cut of users) yield* cut.next(batch);
    },
    async *transactions() {
      for (const { file, name, rows } of transactions) {
        if (rows !== undefined) {
          const part = rows.next(batch);
          if (rows.sizeOf(batch) > 0) yield { name: partName(name, batch, count), content: Readable.from(withHeader(part)) };
        } else if (batch === 0) yield { name, content: createReadStream(file.path) };
      }
    },
  }));
};

const rowsOf = ({ file, records }: TransactionsFile, count: number): Cut<{ header: string; raw: string }> | undefined =>
  count > 1 && records !== undefined && records > 0 ? new Cut({ file, records }, readTransactionRows, count) : undefined;

async function* withHeader(rows: AsyncIterable<{ header: string; raw: string }>): AsyncGenerator<string> {
  let isFirst = true;
  for await (const { header, raw } of rows) {
    yield isFirst ? `${header}\n${raw}\n` : `${raw}\n`;
    isFirst = false;
  }
}

/** `shop.csv.gz` → `shop.part-2-of-7.csv` */
const partName = (name: string, batch: number, count: number): string => `${name.replace(/\.csv(\.gz)?$|\.gz$/, '')}.part-${batch + 1}-of-${count}.csv`;

/** The files' own names; where two share one, the later gets its position in front. */
const distinctNames = (files: readonly TransactionsFile[]): string[] => {
  const seen = new Set<string>();
  return files.map(({ file }, at) => {
    const own = path.basename(file.path);
    const name = seen.has(own) ? `${at + 1}-${own}` : own;
    seen.add(name);
    return name;
  });
};

/** A file's records in as many parts as there are batches; the reader stays open between them. */
class Cut<T> {
  private readonly records: number;
  private readonly count: number;
  private readonly reader: AsyncGenerator<T>;

  constructor({ file, records }: InspectedFile, read: (file: InputFile) => AsyncGenerator<T>, count: number) {
    this.records = records;
    this.count = count;
    this.reader = read(file);
  }

  private startOf(batch: number): number {
    return Math.floor((batch * this.records) / this.count);
  }

  sizeOf(batch: number): number {
    return this.startOf(batch + 1) - this.startOf(batch);
  }

  async *next(batch: number): AsyncGenerator<T> {
    for (let left = this.sizeOf(batch); left > 0; left -= 1) {
      const item = await this.reader.next();
      if (item.done === true) return;
      yield item.value;
    }
    if (batch === this.count - 1) await this.reader.return(undefined);
  }
}
