import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { generateAppEvents } from '../../cli/generate/app-events.ts';
import type { AppEvent } from '../../cli/generate/app-events.ts';
import { shopStatistics } from '../../cli/generate/catalogue.ts';
import { normalQuantile, Random } from '../../cli/generate/random.ts';
import type { GeneratedRecord } from '../../cli/generate/records.ts';
import { toSettings } from '../../cli/generate/settings.ts';
import type { GenerateSettings } from '../../cli/generate/settings.ts';
import { generateShopEvents, shopEventsHeader } from '../../cli/generate/shop-events.ts';
import { generateTransactions } from '../../cli/generate/transactions.ts';
import { changedUsers, generateUsers } from '../../cli/generate/users.ts';
import { writeFiles } from '../../cli/generate/write-files.ts';

const until = new Date('2026-03-01T12:00:00Z');
const settings = (options: Record<string, unknown> = {}): GenerateSettings => toSettings(options, 'test', until);
const texts = (records: Iterable<GeneratedRecord>): string[] => [...records].map((record) => record.text);
const share = <T>(items: readonly T[], test: (item: T) => boolean): number => items.filter(test).length / items.length;
const column = (rows: readonly string[][], name: string): string[] => rows.map((row) => row[shopEventsHeader.split(',').indexOf(name)] ?? '');

describe('the random source', () => {
  test('gives the same numbers for the same seed and scope, others for another', () => {
    const draw = (random: Random): number[] => Array.from({ length: 5 }, () => random.next());
    expect(draw(new Random(7, 'a', 1))).toEqual(draw(new Random(7, 'a', 1)));
    expect(draw(new Random(7, 'a', 1))).not.toEqual(draw(new Random(7, 'a', 2)));
    expect(draw(new Random(7, 'a', 1))).not.toEqual(draw(new Random(8, 'a', 1)));
  });

  test('is even over its range', () => {
    const random = new Random(1);
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let draw = 0; draw < 100_000; draw += 1) tenths[Math.floor(random.next() * 10)]! += 1;
    for (const hits of tenths) expect(Math.abs(hits - 10_000)).toBeLessThan(400);
  });

  test('knows the quantiles of the normal distribution', () => {
    expect(normalQuantile(0.5)).toBeCloseTo(0, 6);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959964, 5);
    expect(normalQuantile(0.001)).toBeCloseTo(-3.090232, 5);
  });
});

describe('app events', () => {
  test('the same seed gives the same lines, another seed others', () => {
    expect(texts(generateAppEvents(settings({ seed: 5 })))).toEqual(texts(generateAppEvents(settings({ seed: 5 }))));
    expect(texts(generateAppEvents(settings({ seed: 5 })))).not.toEqual(texts(generateAppEvents(settings({ seed: 6 }))));
  });

  test('are exactly as many different ones as asked for, in as many sessions', () => {
    const events = texts(generateAppEvents(settings({ events: 3000, sessions: 400, brokenRate: 0 }))).map((text) => JSON.parse(text) as AppEvent);
    expect(new Set(events.map((event) => event.event_id)).size).toBe(3000);
    expect(new Set(events.map((event) => event.session_id)).size).toBe(400);
  });

  test('records in time lie within the span before the end, late ones 2 to 48 hours before their session', () => {
    const hours = (text: string): number => (until.getTime() - Date.parse(`${(JSON.parse(text) as AppEvent).event_timestamp}Z`)) / 3_600_000;
    const records = [...generateAppEvents(settings({ events: 5000, brokenRate: 0 }))];
    for (const { kind, text } of records) {
      if (kind === 'fresh') expect(hours(text)).toBeLessThanOrEqual(0.75);
      if (kind === 'late') expect(hours(text)).toBeGreaterThanOrEqual(2);
      expect(hours(text)).toBeGreaterThanOrEqual(0);
      expect(hours(text)).toBeLessThan(48.75);
    }
    expect(share(records, (record) => record.kind === 'late')).toBeCloseTo(0.05, 1);
  });

  test('duplicates repeat an earlier line unchanged, at their rate', () => {
    const seen = new Set<string>();
    let duplicates = 0;
    for (const { kind, text } of generateAppEvents(settings({ events: 10_000, duplicateRate: 0.02 }))) {
      if (kind === 'duplicate') {
        duplicates += 1;
        expect(seen.has(text)).toBe(true);
      }
      seen.add(text);
    }
    expect(duplicates).toBeGreaterThan(150);
    expect(duplicates).toBeLessThan(250);
  });

  test('a session with a transaction ends with checkout and purchase', () => {
    const options = settings({ events: 100, sessions: 10, transactions: 10, lateRate: 0, duplicateRate: 0, brokenRate: 0, users: 3 });
    const events = texts(generateAppEvents(options)).map((text) => JSON.parse(text) as AppEvent);
    const transaction = texts(generateTransactions(options)).map((text) => text.split(','))[0]!;
    const session = events.filter((event) => event.session_id === transaction[1]).sort((a, b) => a.event_timestamp.localeCompare(b.event_timestamp));
    expect(session.slice(-2).map((event) => event.event_type)).toEqual(['checkout', 'purchase']);
    expect(session[0]!.user_id).toBe(transaction[2]);
  });

  test('no broken records where none are asked for, some of many kinds where they are', () => {
    expect([...generateAppEvents(settings({ brokenRate: 0 }))].filter((record) => record.kind === 'broken')).toEqual([]);
    const broken = [...generateAppEvents(settings({ brokenRate: 0.05 }))].filter((record) => record.kind === 'broken');
    expect(broken.length).toBeGreaterThan(50);
    expect(broken.some(({ text }) => !text.endsWith('}') && !text.endsWith(']'))).toBe(true);
    expect(broken.some(({ text }) => text.includes('"purchse"'))).toBe(true);
  });
});

describe('shop events follow the statistics of the public data', () => {
  const rows = texts(generateShopEvents(settings({ shopEvents: 60_000, lateRate: 0, duplicateRate: 0, brokenRate: 0 }))).map((text) => text.split(','));
  const measured = shopStatistics.rows;

  test('as many rows as asked for, each with the public columns', () => {
    expect(rows).toHaveLength(60_000);
    expect(rows.every((row) => row.length === 9)).toBe(true);
  });

  test('types', () => {
    const types = column(rows, 'event_type');
    expect(share(types, (type) => type === 'view')).toBeCloseTo(shopStatistics.views / measured, 2);
    expect(share(types, (type) => type === 'cart')).toBeCloseTo(shopStatistics.carts / measured, 2);
    expect(share(types, (type) => type === 'purchase')).toBeCloseTo(shopStatistics.purchases / measured, 2);
  });

  test('prices: mean 273.11, standard deviation 356.13, at most 2,574.07', () => {
    const prices = column(rows, 'price').map(Number);
    const mean = prices.reduce((sum, price) => sum + price, 0) / prices.length;
    const deviation = Math.sqrt(prices.reduce((sum, price) => sum + (price - mean) ** 2, 0) / prices.length);
    expect(Math.abs(mean - 273.11)).toBeLessThan(10);
    expect(Math.abs(deviation - 356.13)).toBeLessThan(15);
    expect(Math.max(...prices)).toBeLessThanOrEqual(2574.07);
    expect(Math.min(...prices)).toBeGreaterThan(0);
  });

  test('empty brands and categories', () => {
    expect(share(column(rows, 'brand'), (brand) => brand === '')).toBeCloseTo(shopStatistics.emptyBrands / measured, 1);
    expect(share(column(rows, 'category_code'), (code) => code === '')).toBeCloseTo(shopStatistics.emptyCategories / measured, 1);
  });

  test('users, products and sessions per row; brands and categories in all', () => {
    const different = (name: string): number => new Set(column(rows, name)).size;
    expect(different('user_id') / rows.length).toBeCloseTo(shopStatistics.users / measured, 1);
    expect(different('user_session') / rows.length).toBeCloseTo(shopStatistics.sessions / measured, 1);
    expect(different('product_id') / rows.length).toBeCloseTo(shopStatistics.products / measured, 2);
    expect(different('category_code')).toBe(shopStatistics.categories + 1);
    expect(different('brand')).toBeLessThanOrEqual(shopStatistics.brands + 1);
  });
});

describe('users and transactions', () => {
  test('changed users differ from their first version and are younger', () => {
    const options = settings({ users: 500, changedUserRate: 0.1, brokenRate: 0 });
    const before = new Map([...generateUsers(options)].map((user) => [user.userId, user]));
    const changed = [...changedUsers(options)];
    expect(changed.length).toBeGreaterThan(25);
    for (const user of changed) {
      expect(user.deviceType).not.toBe(before.get(user.userId)!.deviceType);
      expect(user.updatedAt).toBeGreaterThan(before.get(user.userId)!.updatedAt);
    }
  });

  test('transactions are exactly as many different ones as asked for', () => {
    const rows = texts(generateTransactions(settings({ transactions: 700, brokenRate: 0 })));
    expect(new Set(rows).size).toBe(700);
    expect(rows.length).toBeGreaterThan(700);
  });
});

describe('settings', () => {
  test.each([
    [{ evnets: 5 }, /unknown option "evnets"/],
    [{ events: -1 }, /events must be a whole number/],
    [{ events: 1.5 }, /events must be a whole number/],
    [{ lateRate: '5%' }, /lateRate must be a number from 0 to 1/],
    [{ until: 'tomorrow' }, /until must be a time/],
    [{ users: 0 }, /need users and sessions/],
  ])('%j is refused', (options, message) => {
    expect(() => settings(options)).toThrow(message);
  });

  test('a time without a zone is UTC', () => {
    expect(settings({ until: '2026-01-31 12:00:00' }).until.toISOString()).toBe('2026-01-31T12:00:00.000Z');
  });
});

describe('files', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'floe-generate-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('are written whole, with their headers, and nothing else is left behind', async () => {
    const written = await writeFiles(settings(), { folder, gzip: false });
    expect(readdirSync(folder).sort()).toEqual(['events.jsonl', 'shop-events.csv', 'transactions.csv', 'users-changed.csv', 'users.csv']);
    for (const { file, records } of written) {
      const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
      expect(lines).toHaveLength(records + (file.endsWith('.jsonl') ? 0 : 1));
    }
    expect(readFileSync(path.join(folder, 'shop-events.csv'), 'utf8').startsWith(`${shopEventsHeader}\n`)).toBe(true);
  });
});
