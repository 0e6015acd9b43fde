import { MAX_STATEMENT_BYTES, ParameterError, renderStatement, StatementError, type Parameter } from '../../../src/lib/statements/index.ts';

const render = (text: string, parameters: Record<string, Parameter> = {}): string => renderStatement('test', text, parameters);

describe('a statement and its parameters', () => {
  test('every kind is printed as the SQL it stands for', () => {
    const parameters: Record<string, Parameter> = {
      silver: { kind: 'identifier', value: 'dev_silver' },
      header: { kind: 'column', value: 'header' },
      none: { kind: 'column', value: null },
      day: { kind: 'date', value: '2025-11-07' },
      days: { kind: 'dates', value: ['2025-11-07', '2025-11-08'] },
      texts: { kind: 'date-texts', value: ['2025-11-07'] },
      at: { kind: 'timestamp', value: '2025-11-07 19:46:52.832132' },
      paths: { kind: 'paths', value: ['s3://lake-1/bronze/events/ingestion_date=2025-11-07/a b.parquet'] },
      limit: { kind: 'integer', value: '-30' },
      run: { kind: 'id', value: '20251107T194652Z-000001' },
      base: { kind: 'table-version', table: 'silver.events', snapshotId: '9007199254740993001' },
      empty: { kind: 'table-version', table: 'silver.events', snapshotId: null },
      rows: { kind: 'rows', value: [[{ kind: 'id', value: 'r' }, { kind: 'integer', value: '1' }], [{ kind: 'id', value: 's' }, { kind: 'timestamp', value: '2025-11-07 00:00:00.000000' }]] },
    };
    const printed = Object.fromEntries(Object.keys(parameters).map((name) => [name, render(`\${${name}}`, parameters)]));
    expect(printed).toEqual({
      silver: 'dev_silver',
      header: 'header',
      none: 'NULL',
      day: "DATE '2025-11-07'",
      days: "DATE '2025-11-07', DATE '2025-11-08'",
      texts: "'2025-11-07'",
      at: "TIMESTAMP '2025-11-07 19:46:52.832132'",
      paths: "'s3://lake-1/bronze/events/ingestion_date=2025-11-07/a b.parquet'",
      limit: '-30',
      run: "'20251107T194652Z-000001'",
      base: 'silver.events FOR VERSION AS OF 9007199254740993001',
      empty: '(SELECT * FROM silver.events WHERE false)',
      rows: "('r', 1), ('s', TIMESTAMP '2025-11-07 00:00:00.000000')",
    });
  });

  test.each<[string, Parameter]>([
    ['a quote in an id', { kind: 'id', value: "x' OR 1=1" }],
    ['a quote in a path', { kind: 'paths', value: ["s3://lake-1/a'); DROP TABLE t --.parquet"] }],
    ['a comment in an identifier', { kind: 'identifier', value: 'events--' }],
    ['a comment in a column', { kind: 'column', value: 'header--' }],
    ['an upper-case identifier', { kind: 'identifier', value: 'Events' }],
    ['a date with a time', { kind: 'date', value: '2025-11-07 00:00:00' }],
    ['a timestamp in milliseconds', { kind: 'timestamp', value: '2025-11-07 00:00:00.000' }],
    ['a fraction', { kind: 'integer', value: '1.5' }],
    ['a snapshot id below zero', { kind: 'table-version', table: 'silver.events', snapshotId: '-1' }],
    ['no row', { kind: 'rows', value: [] }],
  ])('%s is refused', (_name, parameter) => {
    expect(() => render('${value}', { value: parameter })).toThrow(ParameterError);
  });

  test('an empty list matches nothing and is still SQL', () => {
    expect(render('d IN (${days})', { days: { kind: 'dates', value: [] } })).toBe("d IN (DATE '0001-01-01')");
  });

  test('comment lines are left out, wherever they stand', () => {
    expect(render('-- Grain: ${unknown}\nVACUUM\n  -- why\nt\n')).toBe('VACUUM\nt');
  });

  test('a placeholder without a parameter is an error that names it', () => {
    expect(() => render('SELECT ${missing}')).toThrow(new StatementError('test: no parameter for ${missing}'));
    expect(() => render('SELECT ${toString}')).toThrow(StatementError);
  });

  test('a statement above the limit is refused', () => {
    expect(() => render(`SELECT '${'x'.repeat(MAX_STATEMENT_BYTES)}'`)).toThrow(/are allowed/);
  });
});
