import fc from 'fast-check';
import { alterTable, append, deleteRows, merge, optimize, rollbackTo, updateRows, vacuum } from '../../../localcloud/athena/iceberg/index.ts';
import { readWithIcebird } from './second-reader.ts';
import { IcebergFixture } from './support.ts';
import type { TestTable } from './support.ts';

interface Row {
  id: number;
  v: number | null;
  day: number;
}
type Action =
  | { kind: 'append'; rows: Row[] }
  | { kind: 'merge'; rows: Row[]; deleteBelow: number }
  | { kind: 'delete'; below: number }
  | { kind: 'update'; day: number; to: number }
  | { kind: 'optimize' }
  | { kind: 'rollback'; back: number }
  | { kind: 'vacuum' };

const row: fc.Arbitrary<Row> = fc.record({ id: fc.nat(30), v: fc.option(fc.integer({ min: -20, max: 20 }), { freq: 6 }), day: fc.nat(3) });
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('append' as const), rows: fc.array(row, { maxLength: 8 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('merge' as const), rows: fc.uniqueArray(row, { maxLength: 8, selector: (r) => r.id }), deleteBelow: fc.integer({ min: -20, max: 0 }) }) },
  fc.record({ kind: fc.constant('delete' as const), below: fc.integer({ min: -20, max: 20 }) }),
  fc.record({ kind: fc.constant('update' as const), day: fc.nat(3), to: fc.nat(3) }),
  fc.constant({ kind: 'optimize' as const }),
  fc.record({ kind: fc.constant('rollback' as const), back: fc.nat(3) }),
  fc.constant({ kind: 'vacuum' as const }),
);

const valuesOf = (rows: readonly Row[]): string =>
  rows.length === 0
    ? '(SELECT NULL AS id, NULL AS v, NULL AS day WHERE false)'
    : `(SELECT * FROM (VALUES ${rows.map(({ id, v, day }) => `(${id}, ${v ?? 'NULL'}, DATE '2025-01-01' + ${day})`).join(', ')}) AS v(id, v, day))`;

/** What a table should hold, kept as a plain list for every snapshot. */
class Model {
  rows: Row[] = [];
  readonly snapshots: { id: bigint | null; rows: Row[] }[] = [{ id: null, rows: [] }];

  merge({ rows, deleteBelow }: Extract<Action, { kind: 'merge' }>): void {
    const known = new Set(this.rows.map(({ id }) => id));
    const bySource = new Map(rows.map((source) => [source.id, source]));
    this.rows = this.rows.flatMap((target) => {
      const source = bySource.get(target.id);
      if (source?.v == null) return [target];
      if (source.v < deleteBelow) return [];
      return target.v === null || source.v <= target.v ? [target] : [{ ...target, v: source.v, day: source.day }];
    });
    this.rows.push(...rows.filter(({ id }) => !known.has(id)));
  }
}

const apply = async (table: TestTable, model: Model, step: Action): Promise<void> => {
  switch (step.kind) {
    case 'append':
      await append(table.session, { sql: `SELECT * FROM ${valuesOf(step.rows)}` });
      model.rows = [...model.rows, ...step.rows];
      return;
    case 'merge':
      await merge(table.session, {
        targetAlias: 't',
        source: { sql: valuesOf(step.rows), alias: 's' },
        on: 't.id = s.id',
        clauses: [
          { matched: true, condition: `s.v < ${step.deleteBelow}`, action: 'delete' },
          { matched: true, condition: 's.v > t.v', action: 'update', set: [['v', 's.v'], ['day', 's.day']] },
          { matched: false, condition: null, action: 'insert', values: ['s.id', 's.v', 's.day'] },
        ],
      });
      model.merge(step);
      return;
    case 'delete':
      await deleteRows(table.session, { alias: 't', where: `t.v < ${step.below}`, targetPredicates: [{ column: 'v', op: '<', values: [{ type: 'number', value: String(step.below) }] }] });
      model.rows = model.rows.filter(({ v }) => v === null || v >= step.below);
      return;
    case 'update': {
      const date = `2025-01-0${step.day + 1}`;
      await updateRows(table.session, { alias: 't', where: `t.day = DATE '${date}'`, set: [['day', `DATE '2025-01-01' + ${step.to}`]], targetPredicates: [{ column: 'day', op: '=', values: [{ type: 'date', value: date }] }] });
      model.rows = model.rows.map((r) => (r.day === step.day ? { ...r, day: step.to } : r));
      return;
    }
    case 'optimize':
      await optimize(table.session);
      return;
    case 'rollback': {
      const target = model.snapshots.at(-1 - step.back) ?? model.snapshots[0]!;
      rollbackTo(table.session, target.id);
      model.rows = target.rows;
      return;
    }
    case 'vacuum':
      vacuum(table.session);
  }
};

const sorted = (rows: readonly Row[]): string[] => rows.map(({ id, v, day }) => `${id} ${String(v)} ${day}`).sort();
const ourRows = async (table: TestTable): Promise<string[]> => {
  const rows = await table.select("SELECT id, v, CAST(day - DATE '2025-01-01' AS INTEGER) AS day FROM {t}");
  return sorted(rows as unknown as Row[]);
};

describe('any sequence of statements', () => {
  let fixture: IcebergFixture;
  let tables = 0;
  beforeAll(async () => {
    fixture = await IcebergFixture.open();
  });
  afterAll(() => fixture.close());

  const open = (): TestTable => {
    tables += 1;
    const table = fixture.table(`s3://lake/model/t${tables}`, {
      columns: [{ name: 'id', type: 'int' }, { name: 'v', type: 'int' }, { name: 'day', type: 'date' }],
      partitioning: tables % 2 === 0 ? [{ column: 'day', transform: 'identity' }] : [],
    });
    alterTable(table.session, { kind: 'set-properties', properties: { optimize_rewrite_data_file_threshold: '2' } });
    return table;
  };

  test('leaves the rows a plain list would hold, in every snapshot that was committed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 10 }), async (steps) => {
        const table = open();
        const model = new Model();
        for (const step of steps) {
          await apply(table, model, step);
          expect(await ourRows(table)).toEqual(sorted(model.rows));
          const current = table.load().currentSnapshot()?.['snapshot-id'] ?? null;
          if (!model.snapshots.some(({ id }) => id === current)) model.snapshots.push({ id: current, rows: model.rows });
          const { 'total-records': records = '0', 'total-position-deletes': deleted = '0' } = table.load().currentSnapshot()?.summary ?? {};
          expect(Number(records) - Number(deleted)).toBe(model.rows.length);
        }
      }),
      { numRuns: 25, seed: 20251122 },
    );
  });

  test('and a second reader sees the same', async () => {
    const table = open();
    const model = new Model();
    for (const step of fc.sample(action, { numRuns: 25, seed: 4 })) await apply(table, model, step);
    const theirs = readWithIcebird(fixture.warehouse, table).map((r) => ({ id: r['id'], v: r['v'] ?? null, day: (Date.parse(String(r['day'])) - Date.parse('2025-01-01')) / 86_400_000 }));
    expect(model.rows.length).toBeGreaterThan(3);
    expect(sorted(theirs as Row[])).toEqual(sorted(model.rows));
  });
});
