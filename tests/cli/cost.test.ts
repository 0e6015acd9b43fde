import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { main } from '../../cli/main.ts';
import { billedScan, byService, defaultAssumptions, glueUsage, inSteps, listPrices, monthlyUsage, priced, totalOf, type CostLine, type Volumes } from '../../cli/cost/model.ts';

const base: Volumes = { eventsPerDay: 250_000, transactionsPerDay: 50_000, usersPerDay: 2_000, bytesPerEvent: 500 };
const costOf = (volumes: Volumes): CostLine[] => priced(monthlyUsage(volumes));
const lineOf = (lines: readonly CostLine[], service: string, item: string): CostLine => {
  const found = lines.find((line) => line.service === service && line.item === item);
  if (found === undefined) throw new Error(`no line ${service}, ${item}`);
  return found;
};

const volumes = fc.record({
  eventsPerDay: fc.nat(1e9), transactionsPerDay: fc.nat(1e9), usersPerDay: fc.nat(1e8), bytesPerEvent: fc.integer({ min: 1, max: 1_048_576 }),
});

describe('what is billed at least', () => {
  test('records count in whole steps', () => {
    expect([inSteps(1, 5120), inSteps(5120, 5120), inSteps(5121, 5120)]).toEqual([5120, 5120, 10_240]);
  });

  test('a statement that reads nothing counts with the minimum', () => {
    expect(billedScan(28, 0, 10)).toBe(280);
    expect(billedScan(1, 5, 10)).toBeGreaterThanOrEqual(10);
  });

  test('Firehose bills five times as much for events of 100 bytes as Kinesis counts', () => {
    const lines = costOf({ ...base, bytesPerEvent: 100 });
    expect(lineOf(lines, 'Data Firehose', 'taken in').quantity).toBeCloseTo(5 * lineOf(lines, 'Kinesis Data Streams', 'written').quantity, 6);
  });

  test('a lake that takes nothing in costs its stream, its metrics and no more than a few dollars', () => {
    const lines = costOf({ eventsPerDay: 0, transactionsPerDay: 0, usersPerDay: 0, bytesPerEvent: 500 });
    expect(lineOf(lines, 'Kinesis Data Streams', 'stream').usd).toBeCloseTo(29.2, 6);
    expect(lineOf(lines, 'Data Firehose', 'taken in').usd).toBe(0);
    expect(totalOf(lines)).toBeLessThan(60);
  });
});

describe('the sum', () => {
  test('is that of the lines and that of the services, and no line is negative', () => {
    fc.assert(fc.property(volumes, (some) => {
      const lines = costOf(some);
      const sum = byService(lines).reduce((total, { usd }) => total + usd, 0);
      expect(Math.abs(sum - totalOf(lines))).toBeLessThanOrEqual(1e-9 * sum);
      expect(lines.every(({ usd, quantity }) => usd >= 0 && Number.isFinite(quantity))).toBe(true);
    }), { numRuns: 50 });
  });

  test('never falls when a volume grows, in any line', () => {
    fc.assert(fc.property(volumes, fc.constantFrom('eventsPerDay', 'transactionsPerDay', 'usersPerDay', 'bytesPerEvent'), fc.nat(1e6), (some, grows, by) => {
      const [before, after] = [costOf(some), costOf({ ...some, [grows]: some[grows] + by })];
      after.forEach(({ usd }, at) => expect(usd).toBeGreaterThanOrEqual(before[at]?.usd ?? Number.NaN));
    }), { numRuns: 50 });
  });

  test('falls with a price', () => {
    const cheaper = { ...listPrices, athena: { ...listPrices.athena, usd: 0 } };
    const athena = byService(costOf(base)).find(({ service }) => service === 'Athena')?.usd ?? 0;
    expect(athena).toBeGreaterThan(1);
    expect(totalOf(priced(monthlyUsage(base), cheaper))).toBeCloseTo(totalOf(costOf(base)) - athena, 6);
  });

  test('a design of Glue jobs: 24 × 2 DPU × 20 minutes a day at 0.44 USD, beside the same ways in', () => {
    const lines = priced(glueUsage(base));
    expect(byService(lines).find(({ service }) => service === 'Glue')?.usd).toBeCloseTo(730 * 2 * (20 / 60) * 0.44, 6);
    expect(lineOf(lines, 'Kinesis Data Streams', 'written')).toEqual(lineOf(costOf(base), 'Kinesis Data Streams', 'written'));
  });
});

test('each price has a date, AWS\'s page and is used', () => {
  const used = new Set([...monthlyUsage(base), ...glueUsage(base)].map(({ price }) => price));
  for (const [id, { usd, per, date, page }] of Object.entries(listPrices)) {
    expect(used).toContain(id);
    expect(usd / per).toBeGreaterThan(0);
    expect(date).toMatch(/^20\d\d-\d\d$/);
    expect(page).toMatch(/^https:\/\/aws\.amazon\.com\/.*pricing/);
  }
});

test('docs/cost.md and scale.md have the sums that the model gives', () => {
  const times = (factor: number): Volumes => ({ ...base, eventsPerDay: base.eventsPerDay * factor, transactionsPerDay: base.transactionsPerDay * factor, usersPerDay: base.usersPerDay * factor });
  const sums = [{ ...base, eventsPerDay: 200_000 }, base, times(10), times(100)].map((some) => totalOf(costOf(some)).toFixed(0));
  expect(readFileSync('docs/cost.md', 'utf8')).toContain(`| **floe** | ${sums.map((sum) => `**${sum}**`).join(' | ')} |`);
  expect(readFileSync('docs/scale.md', 'utf8')).toContain(`| USD a month | ${sums.slice(1).join(' | ')} |`);
});

test('what the resources say is what the model takes', () => {
  const read = (file: string): string => readFileSync(file, 'utf8');
  expect(read('resources/streams.yml')).toContain(`RetentionPeriodHours: ${defaultAssumptions.streamRetentionDays * 24}`);
  expect(read('resources/streams.yml')).toContain(`BufferSizeInMBs, ParameterValue: '${defaultAssumptions.captureBufferBytes / 1024 ** 2}'`);
  expect(read('resources/storage.yml')).toContain(`Prefix: bronze/, ExpirationInDays: ${defaultAssumptions.bronzeDays}`);
  expect(read('serverless.yml')).toContain(`deliverySeconds: ${3600 / defaultAssumptions.deliveriesPerHour}`);
});

describe('floe cost', () => {
  const run = async (...args: string[]): Promise<{ code: number; out: string }> => {
    let out = '';
    const code = await main(['cost', ...args], { projectRoot: process.cwd(), environment: {}, stdout: { write: (text) => (out += text) }, stderr: { write: () => true } });
    return { code, out };
  };
  const asked = ['--events-per-day', '250000', '--transactions-per-day', '50000'];

  test('prints each line with how it comes about, the sum and the comparison', async () => {
    const { code, out } = await run(...asked);
    expect(code).toBe(0);
    expect(out).toContain('rounded up to steps of 5 KB');
    expect(out).toContain(`${totalOf(costOf(base)).toFixed(2)} USD a month`);
    expect(out).toContain('Glue');
  });

  test('--json gives the same with prices and assumptions', async () => {
    const { out } = await run(...asked, '--json');
    const answer = JSON.parse(out) as { volumes: Volumes; floe: { usdPerMonth: number; lines: CostLine[] } };
    expect(answer.volumes).toEqual(base);
    expect(answer.floe.usdPerMonth).toBeCloseTo(totalOf(answer.floe.lines), 6);
  });

  test('without a volume it is wrong use', async () => expect((await run('--events-per-day', '5')).code).toBe(2));
});
