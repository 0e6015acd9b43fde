import { hash } from 'node:crypto';
import { generateAppEvents } from '../cli/generate/app-events.ts';
import { toSettings } from '../cli/generate/settings.ts';
import { generateShopEvents, shopEventsHeader } from '../cli/generate/shop-events.ts';
import { createCapture, type FirehoseEvent } from '../src/lib/capture/index.ts';
import { median, rate, timed, type Benchmark, type Figure } from './figures.ts';

const RECORDS = 50_000;
const BATCH = 500;
const ROUNDS = 7;
const ARRIVAL = Date.parse('2026-01-01T12:00:00Z');

const shopJson = (row: string): string => {
  const values = row.split(',');
  return JSON.stringify(Object.fromEntries(shopEventsHeader.split(',').map((name, index) => [name, values[index] ?? ''])));
};

const batchesOf = (texts: readonly string[]): FirehoseEvent[] => {
  const batches: FirehoseEvent[] = [];
  for (let start = 0; start < texts.length; start += BATCH) {
    batches.push({
      invocationId: `bench-${start}`,
      deliveryStreamArn: 'arn:aws:firehose:eu-west-1:000000000000:deliverystream/bench',
      records: texts.slice(start, start + BATCH).map((text, index) => ({
        recordId: `r-${start + index}`,
        data: Buffer.from(text).toString('base64'),
        approximateArrivalTimestamp: ARRIVAL,
        kinesisRecordMetadata: { sequenceNumber: String(start + index), shardId: 'shardId-000000000000', approximateArrivalTimestamp: ARRIVAL },
      })),
    });
  }
  return batches;
};

/**
 * What no transform of this shape can do without: base64 in, the text parsed once, one sha256, a row of the payload and the
 * record's members as JSON, base64 out. No rule is tried.
 */
const leastWork = (batches: readonly FirehoseEvent[]): void => {
  for (const { records } of batches) {
    records.forEach(({ data }) => {
      const payload = Buffer.from(data, 'base64').toString('latin1');
      const record = JSON.parse(payload) as Record<string, unknown>;
      btoa(JSON.stringify({ payload, record_hash: hash('sha256', payload, 'hex'), ...record }));
    });
  }
};

const compare = async (what: string, texts: readonly string[]): Promise<Figure[]> => {
  const batches = batchesOf(texts);
  const capture = createCapture({ objects: { bucket: 'bench', put: async () => undefined }, clock: () => new Date(ARRIVAL) });
  const captured: number[] = [];
  const parsed: number[] = [];
  const least: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    parsed.push((await timed(() => texts.forEach((text) => JSON.parse(text) as unknown))).seconds);
    least.push((await timed(() => leastWork(batches))).seconds);
    captured.push((await timed(async () => { for (const batch of batches) await capture(batch); })).seconds);
  }
  const share = (part: readonly number[]): string => `${(median(part.map((seconds, round) => (parsed[round] ?? Number.NaN) / seconds)) * 100).toFixed(0)} %`;
  return [
    { what: `bare JSON.parse, ${what}`, value: rate(texts.length, median(parsed)), note: 'the same records, as texts, in the same rounds' },
    { what: `least work, ${what}`, value: rate(texts.length, median(least)), note: `base64, sha256 and JSON both ways without any rule: ${share(least)} of bare JSON.parse, the ceiling of every capture` },
    { what: `capture, ${what}`, value: rate(texts.length, median(captured)), note: `${share(captured)} of bare JSON.parse; aim: a third` },
  ];
};

/** Capture's transform, from Firehose's event to its answer, beside bare JSON.parse of the same records in the same rounds. */
export const run: Benchmark = async () => {
  const settings = toSettings({ events: RECORDS, sessions: RECORDS / 4, users: 5_000, shopEvents: RECORDS, brokenRate: 0, duplicateRate: 0 }, 'bench', new Date(ARRIVAL));
  const app = [...generateAppEvents(settings)].map(({ text }) => text);
  const shop = [...generateShopEvents(settings)].map(({ text }) => shopJson(text));
  return [...(await compare('app events', app)), ...(await compare('shop events', shop))];
};
