import { Readable } from 'node:stream';
import { generateAppEvents } from '../generate/app-events.ts';
import type { GeneratedRecord, RecordKind } from '../generate/records.ts';
import { toSettings } from '../generate/settings.ts';
import type { GenerateSettings } from '../generate/settings.ts';
import { generateShopEvents, shopEventsHeader } from '../generate/shop-events.ts';
import { generateTransactions, transactionsHeader } from '../generate/transactions.ts';
import { toSeconds, toTimestamp } from '../generate/time.ts';
import { changedUsers, generateUsers } from '../generate/users.ts';
import type { User } from '../generate/users.ts';
import type { Batch } from '../input/batches.ts';
import type { StreamInput, UserInput } from '../input/sources.ts';
import { plural } from '../output/format.ts';
import type { DemoPass } from './pass.ts';

/** Small enough for a minute on two cores, large enough that every case occurs. */
const demoOptions = { users: 120, sessions: 500, events: 2500, shopEvents: 2500, transactions: 300, brokenRate: 0.015, changedUserRate: 0.06 };

interface Material {
  app: GeneratedRecord[];
  shop: GeneratedRecord[];
  transactions: GeneratedRecord[];
  users: User[];
  changed: User[];
}

/**
 * The demo's story in four passes, told with one set of generated data: what goes well; what goes wrong later (late
 * events, duplicates, broken records, a file delivered again, one half written, changed users); the rest of that file;
 * nothing.
 */
export const createGeneratedPasses = (seed: number, now: Date): DemoPass[] => {
  const settings = toSettings({ ...demoOptions, seed }, 'demo', now);
  const material = generateMaterial(settings);
  const rows = rowsOf(material.transactions, ['fresh']);
  const cut = Math.floor(rows.length * 0.85);
  const first = toFile(rows.slice(0, cut));
  const second = toFile(rows.slice(cut));
  return [firstLoad(material, first, cut), roughHour(material, first, second), restOfFile(second, rows.length - cut), nothingNew()];
};

const generateMaterial = (settings: GenerateSettings): Material => ({
  app: [...generateAppEvents(settings)],
  shop: [...generateShopEvents(settings)].map(({ kind, text }) => ({ kind, text: toShopJson(text) })),
  transactions: [...generateTransactions(settings)],
  users: [...generateUsers(settings)],
  changed: [...changedUsers(settings)],
});

const firstLoad = ({ app, shop, users }: Material, file: Buffer, fileRows: number): DemoPass => ({
  title: 'First load',
  lines: [
    `${plural(count(app, ['fresh']), 'app event')} and ${plural(count(shop, ['fresh']), 'shop event')} on the stream`,
    `${plural(fileRows, 'transaction')} in a file on the SFTP server, ${plural(users.length, 'user')} in the database`,
  ],
  batch: batchOf({ events: [...rowsOf(app, ['fresh']), ...rowsOf(shop, ['fresh'])], users, files: [{ name: 'transactions-01.csv', content: file }] }),
});

const troubles: readonly RecordKind[] = ['late', 'duplicate', 'broken'];

const roughHour = ({ app, shop, transactions, changed }: Material, again: Buffer, halfWritten: Buffer): DemoPass => {
  const all = [...app, ...shop];
  const bad = rowsOf(transactions, ['duplicate', 'broken']);
  return {
    title: 'A rough hour',
    lines: [
      `${plural(count(all, ['late']), 'late event')} (2 to 48 hours old), ${plural(count(all, ['duplicate']), 'record')} sent again, ${plural(count(all, ['broken']), 'broken record')} on the stream`,
      `the first file once more under another name, a file with ${plural(bad.length, 'duplicate or broken row')}, a third one half written`,
      `${plural(changed.length, 'user')} changed in the database`,
    ],
    batch: batchOf({
      events: [...rowsOf(app, troubles), ...rowsOf(shop, troubles)],
      users: changed,
      files: [{ name: 'transactions-01-again.csv', content: again }, { name: 'transactions-02.csv', content: toFile(bad) }],
    }),
    // Cut in the middle of a row: whoever read it now would take a torn row for a broken one.
    unfinished: { name: 'transactions-03.csv', content: halfWritten.subarray(0, Math.floor(halfWritten.length / 2) + 7) },
  };
};

const restOfFile = (file: Buffer, rows: number): DemoPass => ({
  title: 'The half-written file is complete',
  lines: [`transactions-03.csv has all its ${plural(rows, 'row')} now; nothing else`],
  batch: batchOf({ files: [{ name: 'transactions-03.csv', content: file }] }),
});

const nothingNew = (): DemoPass => ({ title: 'Nothing new', lines: ['nothing is sent: no table may get a new snapshot'], batch: batchOf({}) });

const rowsOf = (records: readonly GeneratedRecord[], kinds: readonly RecordKind[]): string[] => records.filter(({ kind }) => kinds.includes(kind)).map(({ text }) => text);
const count = (records: readonly GeneratedRecord[], kinds: readonly RecordKind[]): number => rowsOf(records, kinds).length;
const toFile = (rows: readonly string[]): Buffer => Buffer.from(`${[transactionsHeader, ...rows].join('\n')}\n`);

const shopColumns = shopEventsHeader.split(',');

/** Generated rows hold no quotes, so their fields lie between the commas. */
const toShopJson = (row: string): string => JSON.stringify(Object.fromEntries(row.split(',').map((field, at) => [shopColumns[at], field])));

const batchOf = (content: { events?: string[]; users?: User[]; files?: { name: string; content: Buffer }[] }): Batch => ({
  async *events() {
    for (const [at, text] of (content.events ?? []).entries()) {
      const bytes = Buffer.from(text);
      yield { file: 'generated', line: at + 1, size: bytes.length, bytes } satisfies StreamInput;
    }
  },
  async *users() {
    for (const [at, user] of (content.users ?? []).entries()) yield toUserInput(user, at + 1);
  },
  async *transactions() {
    for (const { name, content: bytes } of content.files ?? []) yield { name, content: Readable.from([bytes]) };
  },
});

const toUserInput = ({ userId, signupDate, deviceType, country, updatedAt }: User, line: number): UserInput =>
  ({ file: 'generated', line, userId, signupDate: toSeconds(signupDate), deviceType, country, updatedAt: toTimestamp(updatedAt, ' ') });
