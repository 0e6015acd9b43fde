import fc from 'fast-check';
import { append } from '../../../localcloud/athena/iceberg/index.ts';
import type { ColumnPredicate, Literal } from '../../../localcloud/athena/iceberg/index.ts';
import { IcebergFixture } from './support.ts';

const sqlOf = (literal: Literal): string => {
  if (literal.type === 'number' || literal.type === 'boolean') return literal.value;
  const quoted = `'${literal.value.replaceAll("'", "''")}'`;
  return literal.type === 'string' ? quoted : `${literal.type.toUpperCase()} ${quoted}`;
};
const conditionOf = ({ column, op, values }: ColumnPredicate): string =>
  op === 'in' ? `"${column}" IN (${values.map(sqlOf).join(', ')})` : `"${column}" ${op} ${values.map(sqlOf).join('')}`;

const COLUMNS: readonly { name: string; type: string; literals: fc.Arbitrary<Literal> }[] = [
  { name: 'i', type: 'int', literals: fc.constantFrom('-3', '0', '1', '2.5', '7', '-0.5').map((value) => ({ type: 'number', value })) },
  { name: 'm', type: 'decimal(6, 2)', literals: fc.constantFrom('-1', '0.25', '0.255', '3.10', '9').map((value) => ({ type: 'number', value })) },
  { name: 'f', type: 'double', literals: fc.constantFrom('-1', '0.5', '2', '1E1').map((value) => ({ type: 'number', value })) },
  { name: 's', type: 'string', literals: fc.constantFrom('', 'a', 'b', 'é', '😀', '￿', 'long long long long a', 'long long long long z').map((value) => ({ type: 'string', value })) },
  { name: 'b', type: 'boolean', literals: fc.constantFrom('true', 'false').map((value) => ({ type: 'boolean', value })) },
  {
    name: 'd',
    type: 'date',
    literals: fc.constantFrom<Literal>({ type: 'date', value: '1969-12-31' }, { type: 'date', value: '2025-01-01' }, { type: 'timestamp', value: '2025-01-01 12:00:00' }),
  },
  {
    name: 'ts',
    type: 'timestamp',
    literals: fc.constantFrom<Literal>(
      { type: 'timestamp', value: '1969-12-31 23:59:59.999999' },
      { type: 'timestamp', value: '2025-01-01 00:00:00' },
      { type: 'timestamp', value: '2025-01-01 10:30:00.5' },
      { type: 'date', value: '2025-01-02' },
    ),
  },
];

const TRANSFORMS: Readonly<Record<string, readonly string[]>> = {
  i: ['identity', 'bucket[3]', 'truncate[4]'],
  m: ['identity', 'bucket[3]', 'truncate[50]'],
  f: ['identity'],
  s: ['identity', 'bucket[3]', 'truncate[2]'],
  b: ['identity'],
  d: ['identity', 'bucket[3]', 'day', 'month', 'year'],
  ts: ['identity', 'bucket[3]', 'hour', 'day', 'month', 'year'],
};

/** Twenty rows around the literals, NULLs among them, in three appends, so that files differ. */
const INSERTS = [0, 1, 2].map(
  (part) => `SELECT
    CASE WHEN n % 7 = 6 THEN NULL ELSE CAST(n - 4 AS INTEGER) END,
    CASE WHEN n % 5 = 4 THEN NULL ELSE CAST((n - 3) * 0.85 AS DECIMAL(6, 2)) END,
    CASE WHEN n % 6 = 5 THEN NULL ELSE (n - 3) / 2.0 END,
    (['', 'a', 'aa', 'b', 'é', '😀', '￿', 'long long long long a', 'long long long long m', NULL])[n % 10 + 1],
    n % 3 = 0,
    (DATE '1969-12-31' + CAST(CASE WHEN n % 2 = 0 THEN n ELSE 20088 + n END AS INTEGER)),
    (TIMESTAMP '1969-12-31 23:00:00' + to_microseconds(CASE WHEN n % 2 = 0 THEN n * 1799999999 ELSE 1735686000000000 + n * 1800000000 END))
  FROM range(20) AS r(n) WHERE n % 3 = ${part}`,
);

describe('leaving files out', () => {
  let fixture: IcebergFixture;
  beforeAll(async () => {
    fixture = await IcebergFixture.open();
  });
  afterAll(() => fixture.close());

  const predicates = fc.constantFrom(...COLUMNS).chain(({ name, literals }) =>
    fc.oneof(
      fc.record({ column: fc.constant(name), op: fc.constantFrom<ColumnPredicate['op']>('=', '<', '<=', '>', '>='), values: literals.map((literal) => [literal]) }),
      fc.record({ column: fc.constant(name), op: fc.constant('in' as const), values: fc.array(literals, { minLength: 1, maxLength: 3 }) }),
    ),
  );

  test.each(Object.entries(TRANSFORMS).flatMap(([column, transforms]) => transforms.map((transform) => [column, transform] as const)))(
    'no row is lost in a table partitioned by %s %s',
    async (column, transform) => {
      const columns = COLUMNS.map(({ name, type }) => ({ name, type }));
      const table = fixture.table(`s3://lake/${column}/${transform.replace(/\W/g, '')}`, { columns, partitioning: [{ column, transform }] });
      for (const sql of INSERTS) await append(table.session, { sql });
      const all = table.load();
      expect(await table.select('SELECT count(*) AS n FROM {t}')).toEqual([{ n: '20' }]);
      await fc.assert(
        fc.asyncProperty(predicates, async (predicate) => {
          const pruned = table.load().planFiles([predicate]);
          const condition = conditionOf(predicate);
          const count = `SELECT count(*) AS n FROM {t} WHERE ${condition}`;
          expect(await table.select(count, pruned)).toEqual(await table.select(count, all.planFiles()));
        }),
        { numRuns: 10, seed: 7 },
      );
    },
  );

  test('a day’s files are found by a range of times, and others are not opened', async () => {
    const table = fixture.table('s3://lake/days', { columns: [{ name: 'ts', type: 'timestamp' }], partitioning: [{ column: 'ts', transform: 'day' }] });
    await append(table.session, { sql: "SELECT TIMESTAMP '2025-01-01 00:30:00' + to_hours(CAST(i AS INTEGER)) FROM range(240) AS r(i)" });
    const plan = table.load().planFiles([
      { column: 'ts', op: '>=', values: [{ type: 'timestamp', value: '2025-01-03 23:45:00' }] },
      { column: 'ts', op: '<', values: [{ type: 'timestamp', value: '2025-01-05 00:00:00' }] },
    ]);
    // The file of 2025-01-03 ends at 23:30, the one of 2025-01-05 is only of later times: bounds say so.
    expect(plan.data.map((entry) => entry.file.path.split('/').at(-2))).toEqual(['ts_day=2025-01-04']);
    expect(plan.skipped).toBe(9);
  });

  test('bucket values in files are those the spec’s hash gives', async () => {
    const table = fixture.table('s3://lake/buckets', {
      columns: [{ name: 's', type: 'string' }, { name: 'm', type: 'decimal(9, 2)' }],
      partitioning: [{ column: 's', transform: 'bucket[1000]' }, { column: 'm', transform: 'bucket[1000]' }],
    });
    await append(table.session, { sql: "SELECT 'iceberg', 14.20" });
    const [entry] = table.load().planFiles().data;
    expect(entry?.file.partition).toEqual([(1210000089 & 0x7fffffff) % 1000, (-500754589 & 0x7fffffff) % 1000]);
  });

  test('“$path” picks files', async () => {
    const table = fixture.table('s3://lake/paths', { columns: [{ name: 'i', type: 'int' }] });
    await append(table.session, { sql: 'SELECT 1' });
    await append(table.session, { sql: 'SELECT 2' });
    const [found] = await table.select('SELECT "$path" FROM {t} WHERE i = 2', undefined, { withPath: true });
    const path = found?.['$path'];
    expect(path).toMatch(/^s3:\/\/lake\/paths\/data\/.*\.parquet$/);
    const plan = table.load().planFiles([{ column: '$path', op: 'in', values: [{ type: 'string', value: path as string }] }]);
    expect(await table.select('SELECT i FROM {t}', plan)).toEqual([{ i: 2 }]);
  });
});
