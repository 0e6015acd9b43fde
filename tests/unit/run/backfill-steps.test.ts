import { planStep, runRequest, startOf, type BackfillCursor } from '../../../src/lib/run/index.ts';

const RANGE = { from: '2025-11-01', to: '2025-11-05' };

/** So many objects of a source and date, named `a`, `b`, …, of one byte each. */
type Counts = Readonly<Record<string, number>>;

const bronze = (counts: Counts) => async (source: string, date: string) =>
  Array.from('abcdefgh'.slice(0, counts[`${source} ${date.slice(-2)}`] ?? 0)).map((letter) => ({ uri: `${source} ${date.slice(-2)} ${letter}`, sizeBytes: 1 }));

/** Every step of the range: its dates, and its objects. */
const stepsOf = async (counts: Counts, limits: { dates: number; objects: number }): Promise<[dates: string, objects: string][]> => {
  const steps: [string, string][] = [];
  for (let next: BackfillCursor | null = startOf(RANGE); next !== null; ) {
    const step = await planStep(bronze(counts), RANGE, next, limits);
    steps.push([step.dates.map((date) => date.slice(-2)).join(' '), Object.values(step.objects).flat().map(({ uri }) => uri).join(', ')]);
    next = step.next;
  }
  return steps;
};

describe('the steps of a backfill', () => {
  test('take whole dates as long as their objects fit', async () => {
    expect(await stepsOf({ 'events 01': 2, 'events 02': 1, 'users 02': 3, 'events 04': 3 }, { dates: 90, objects: 3 })).toEqual([
      ['01 02 03', 'events 01 a, events 01 b, events 02 a, users 02 a, users 02 b, users 02 c'],
      ['04 05', 'events 04 a, events 04 b, events 04 c'],
    ]);
  });

  test('take so many dates at most, also where there are no objects', async () => {
    expect(await stepsOf({}, { dates: 2, objects: 3 })).toEqual([['01 02', ''], ['03 04', ''], ['05', '']]);
  });

  test('cut a date that has too many objects alone, each source where it stands', async () => {
    expect(await stepsOf({ 'events 01': 1, 'events 02': 5, 'users 02': 3, 'transactions 02': 1, 'events 03': 1 }, { dates: 90, objects: 2 })).toEqual([
      ['01', 'events 01 a'],
      ['02', 'events 02 a, events 02 b, transactions 02 a, users 02 a, users 02 b'],
      ['02', 'events 02 c, events 02 d, users 02 c'],
      ['02 03 04 05', 'events 02 e, events 03 a'],
    ]);
  });
});

describe('a backfill asked of the workflow', () => {
  test('begins with its first date, or where it is told to go on', () => {
    expect(runRequest({ kind: 'backfill', ...RANGE })).toMatchObject({ kind: 'backfill', backfill: { ...RANGE, next: { date: '2025-11-01', after: {} } } });
    const next = { date: '2025-11-03', after: { events: 's3://lake/x' } };
    expect(runRequest({ kind: 'backfill', ...RANGE, next })).toMatchObject({ backfill: { ...RANGE, next } });
  });

  test.each([
    [{}, /needs the dates/],
    [{ from: '2025-11-31', to: '2025-12-01' }, /needs the dates/],
    [{ from: '2025-11-02', to: '2025-11-01' }, /cannot go from 2025-11-02 to 2025-11-01/],
    [{ ...RANGE, next: { date: '2025-11-01' } }, /goes on from/],
    [{ ...RANGE, next: { date: '2025-11-01', after: { orders: 'x' } } }, /goes on from/],
  ])('is refused in another form: %j', (members, message) => {
    expect(() => runRequest({ kind: 'backfill', ...members })).toThrow(message);
  });
});
