import fc from 'fast-check';
import { append } from '../../../localcloud/athena/iceberg/index.ts';
import type { ColumnDefinition, ColumnPredicate, Literal } from '../../../localcloud/athena/iceberg/index.ts';
import type { DataFile } from '../../../localcloud/athena/iceberg/manifests.ts';
import { bindPredicate } from '../../../localcloud/athena/iceberg/predicates.ts';
import { fileMayMatch } from '../../../localcloud/athena/iceberg/pruning.ts';
import { textIn } from '../../../localcloud/athena/iceberg/sql.ts';
import { IcebergFixture } from './support.ts';
import type { TestTable } from './support.ts';

const COLUMNS = [
  { name: 's', type: 'string' },
  { name: 'r', type: 'float' },
  { name: 'f', type: 'double' },
  { name: 'ts', type: 'timestamp' },
  { name: 'd', type: 'date' },
  { name: 'm', type: 'decimal(38, 4)' },
  { name: 'l', type: 'long' },
] as const;
const SQL_TYPES = ['VARCHAR', 'FLOAT', 'DOUBLE', 'TIMESTAMP', 'DATE', 'DECIMAL(38, 4)', 'BIGINT'];

/** Texts that differ late, at code points that are hard to raise, and beyond what DuckDB's statistics hold. */
const TEXTS = ['', 'a', 'a'.repeat(16), `${'a'.repeat(16)}b`, '\u{d7ff}'.repeat(17), '\u{e000}'.repeat(16), '\u{10ffff}'.repeat(17), '\u{10ffff}'.repeat(16), '😀'.repeat(15) + 'zz', 'é'.repeat(300), 'z'.repeat(256), 'z'.repeat(257)];
const NUMBERS = ['-1e300', '-0.0', '0.0', '0.1', '0.3', '1e-300', '5', '1e30'];
const TIMES = ['0001-01-01 00:00:00', '0099-12-31 23:59:59.999999', '1969-12-31 23:59:59.999999', '2025-06-01 12:00:00.000001', '9999-12-31 23:59:59.999999'];

const quoted = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const orNull = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values, { freq: 5 });
const text = fc.oneof(fc.constantFrom(...TEXTS), fc.string({ unit: 'binary', maxLength: 24 }).filter((value) => !value.includes('\u0000')));
const VALUES: readonly fc.Arbitrary<string | null>[] = [
  orNull(text),
  orNull(fc.constantFrom('nan', 'inf', '-inf', '3e38', ...NUMBERS.filter((value) => !value.includes('300')))),
  orNull(fc.constantFrom('nan', 'inf', '-inf', ...NUMBERS)),
  orNull(fc.constantFrom(...TIMES)),
  orNull(fc.constantFrom(...TIMES.map((time) => time.slice(0, 10)))),
  orNull(fc.constantFrom('-12345678901234567890.1234', '-0.0001', '0', '99.9999', '12345678901234567890.1234')),
  orNull(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }).map(String)),
];
const rows = fc.array(fc.tuple(...VALUES), { minLength: 1, maxLength: 4 });

const literalsOf: readonly fc.Arbitrary<Literal>[] = [
  text.map((value) => ({ type: 'string', value })),
  fc.constantFrom('0.1', '0.3', '0', '-5', '1e30').map((value) => ({ type: 'number', value })),
  fc.constantFrom(...NUMBERS).map((value) => ({ type: 'number', value })),
  fc.constantFrom(...TIMES, '1500-01-01 00:00:00').map((value) => ({ type: 'timestamp', value })),
  fc.constantFrom(...TIMES.map((time) => time.slice(0, 10)), '1500-01-01').map((value) => ({ type: 'date', value })),
  fc.constantFrom('-0.00015', '0', '100', '12345678901234567890.1234').map((value) => ({ type: 'number', value })),
  fc.constantFrom('-1', '0.5', '9223372036854775807').map((value) => ({ type: 'number', value })),
];
const predicate: fc.Arbitrary<ColumnPredicate> = fc.nat(COLUMNS.length - 1).chain((index) =>
  fc.record({ column: fc.constant(COLUMNS[index]?.name ?? ''), op: fc.constantFrom<ColumnPredicate['op']>('=', '<', '<=', '>', '>='), values: (literalsOf[index] ?? fc.constant<Literal>({ type: 'number', value: '0' })).map((literal) => [literal]) }),
);

const sqlOf = ({ type, value }: Literal): string => (type === 'number' ? value : type === 'string' ? quoted(value) : `${type.toUpperCase()} ${quoted(value)}`);
const rowSql = (row: readonly (string | null)[]): string => `(${row.map((value, index) => `CAST(${value === null ? 'NULL' : quoted(value)} AS ${SQL_TYPES[index]})`).join(', ')})`;

describe('statistics of data files', () => {
  let fixture: IcebergFixture;
  let tables = 0;
  beforeAll(async () => {
    fixture = await IcebergFixture.open();
  });
  afterAll(() => fixture.close());

  const fileOf = async (name: string, columns: readonly ColumnDefinition[], sql: string): Promise<DataFile> => {
    const table = fixture.table(`s3://lake/metrics/${name}`, { columns });
    await append(table.session, { sql });
    const [entry] = table.load().planFiles().data;
    if (!entry) throw new Error('no file was written');
    return entry.file;
  };

  test('no row is lost by them, whatever the rows and the predicate', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(rows, { minLength: 2, maxLength: 3 }), fc.array(predicate, { minLength: 20, maxLength: 20 }), async (files, predicates) => {
        tables += 1;
        const table: TestTable = fixture.table(`s3://lake/metrics/random${tables}`, { columns: COLUMNS });
        for (const file of files) await append(table.session, { sql: `SELECT * FROM (VALUES ${file.map(rowSql).join(', ')})` });
        for (const one of predicates) {
          const found = await table.select(`SELECT DISTINCT "$path" AS path FROM {t} WHERE ${one.column} ${one.op} ${sqlOf(one.values[0]!)}`, undefined, { withPath: true });
          const kept = new Set(table.load().planFiles([one]).data.map((entry) => entry.file.path));
          expect(found.map((row) => textIn(row, 'path')).filter((path) => !kept.has(path))).toEqual([]);
        }
      }),
      { numRuns: 8, seed: 11 },
    );
  });

  test('bytes and texts are cut to sixteen, the upper bound raised; where it cannot be, there is none', async () => {
    const file = await fileOf('cut', [{ name: 'b', type: 'binary' }, { name: 's', type: 'string' }, { name: 'top', type: 'binary' }], `SELECT repeat('b', 300)::BLOB, repeat('é', 20), from_hex(repeat('FF', 20))`);
    expect(file.lowerBounds.get(1)).toEqual(Buffer.from('b'.repeat(16)));
    expect(file.upperBounds.get(1)).toEqual(Buffer.from(`${'b'.repeat(15)}c`));
    expect(file.lowerBounds.get(2)?.toString()).toBe('é'.repeat(16));
    expect(file.upperBounds.get(2)?.toString()).toBe(`${'é'.repeat(15)}ê`);
    expect([file.lowerBounds.get(3), file.upperBounds.get(3)]).toEqual([Buffer.alloc(16, 0xff), undefined]);
  });

  test('NaN is counted and left out of bounds; zero has the sign that bounds it', async () => {
    const file = await fileOf('nan', [{ name: 'f', type: 'double' }, { name: 'r', type: 'float' }, { name: 'st', type: { type: 'struct', fields: [{ name: 'x', type: 'double' }] } }], `SELECT * FROM (VALUES ('nan'::DOUBLE, -0.0::FLOAT, {x: 'nan'::DOUBLE}), (2.5, 0.0, {x: 1}), ('nan', NULL, NULL))`);
    expect(file.nanValueCounts).toEqual(new Map([[1, 2n], [2, 0n], [4, 1n]]));
    expect([file.lowerBounds.get(1)?.readDoubleLE(), file.upperBounds.get(1)?.readDoubleLE()]).toEqual([2.5, 2.5]);
    expect([file.lowerBounds.get(2)?.readFloatLE(), file.upperBounds.get(2)?.readFloatLE()]).toEqual([-0, 0]);
    expect([file.valueCounts.get(4), file.nullValueCounts.get(4), file.upperBounds.get(4)?.readDoubleLE()]).toEqual([3n, 1n, 1]);
  });

  test('times, and dates of the first century, are bounds of their own time', async () => {
    const file = await fileOf('times', [{ name: 'at', type: 'time' }, { name: 'd', type: 'date' }, { name: 'ts', type: 'timestamptz' }], "SELECT TIME '10:00:00.000001', DATE '0044-03-15', TIMESTAMPTZ '0044-03-15 00:00:00+00'");
    expect(file.lowerBounds.get(1)?.readBigInt64LE()).toBe(36_000_000_001n);
    expect(file.lowerBounds.get(2)?.readInt32LE()).toBe(-703_383);
    expect(file.upperBounds.get(3)?.readBigInt64LE()).toBe(-703_383n * 86_400_000_000n);
    expect(await fixture.query(`SELECT DATE '1970-01-01' - 703383 AS d`)).toEqual([{ d: '0044-03-15' }]);
  });

  test('lists and maps have sizes only', async () => {
    const file = await fileOf('lists', [{ name: 'xs', type: { type: 'list', element: 'int' } }], 'SELECT [1, 2, NULL]');
    expect([...file.columnSizes.keys()]).toEqual([2]);
    expect([file.valueCounts.size, file.lowerBounds.size]).toEqual([0, 0]);
  });

  describe('of another writer', () => {
    const fields = [{ id: 1, name: 'f', required: false, type: 'double' }, { id: 2, name: 's', required: false, type: 'string' }];
    const mayMatch = (file: Partial<DataFile>, one: ColumnPredicate): boolean => {
      const bound = bindPredicate(fields, one);
      const base = { partition: [], valueCounts: new Map(), nullValueCounts: new Map(), nanValueCounts: new Map(), lowerBounds: new Map(), upperBounds: new Map() };
      return fileMayMatch(bound ? [bound] : [], [], { ...base, ...file } as DataFile);
    };
    const double = (value: number): Buffer => {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(value);
      return bytes;
    };
    const above = (value: string): ColumnPredicate => ({ column: 'f', op: '>', values: [{ type: 'number', value }] });
    const below = (value: string): ColumnPredicate => ({ column: 'f', op: '<', values: [{ type: 'number', value }] });

    test('a missing bound is open, a missing count unknown', () => {
      expect(mayMatch({}, above('5'))).toBe(true);
      expect(mayMatch({ lowerBounds: new Map([[1, double(3)]]) }, above('5'))).toBe(true);
      expect(mayMatch({ lowerBounds: new Map([[1, double(3)]]) }, below('3'))).toBe(false);
      expect(mayMatch({ nullValueCounts: new Map([[1, 7n]]) }, above('5'))).toBe(true);
      expect(mayMatch({ nullValueCounts: new Map([[1, 7n]]), valueCounts: new Map([[1, 7n]]) }, above('5'))).toBe(false);
    });

    test('an upper bound counts only where there is no NaN, and NaN as a bound is none', () => {
      const upperBounds = new Map([[1, double(4)]]);
      expect(mayMatch({ upperBounds }, above('5'))).toBe(true);
      expect(mayMatch({ upperBounds, nanValueCounts: new Map([[1, 0n]]) }, above('5'))).toBe(false);
      expect(mayMatch({ upperBounds: new Map([[1, double(Number.NaN)]]), nanValueCounts: new Map([[1, 0n]]) }, above('5'))).toBe(true);
    });

    test('texts between cut bounds may be there, texts beyond them not', () => {
      const cut = { lowerBounds: new Map([[2, Buffer.from('abc')]]), upperBounds: new Map([[2, Buffer.from('abd')]]) };
      expect(mayMatch(cut, { column: 's', op: '=', values: [{ type: 'string', value: 'abcz' }] })).toBe(true);
      expect(mayMatch(cut, { column: 's', op: '>', values: [{ type: 'string', value: 'abd' }] })).toBe(false);
    });
  });
});
