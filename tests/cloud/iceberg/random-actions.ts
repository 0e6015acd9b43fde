import fc from 'fast-check';
import type { Model, ModelColumn, ModelRow } from './random-model.ts';

/** Numbers that choose among what is there when the step is done. */
export type Action =
  | { kind: 'insert'; ids: number[]; v: number | null; day: number }
  | { kind: 'insert from itself'; rest: number }
  | { kind: 'merge'; ids: number[]; v: number; day: number }
  | { kind: 'update'; rest: number; v: number }
  | { kind: 'move'; day: number; to: number }
  | { kind: 'delete'; rest: number }
  | { kind: 'delete day'; day: number }
  | { kind: 'optimize' | 'vacuum' | 'old vacuum' | 'reopen' | 'widen' }
  | { kind: 'add'; type: 'int' | 'string' }
  | { kind: 'rename' | 'drop'; which: number }
  | { kind: 'rollback'; which: number }
  | { kind: 'repartition'; to: number };

/** An action, and before which change of a file the process dies in it; null = it lives. */
export interface Step {
  action: Action;
  dieAt: number | null;
}

const constant = <K extends Action['kind']>(kind: K): fc.Arbitrary<K> => fc.constant(kind);
const id = fc.integer({ min: 0, max: 24 });
const ids = fc.uniqueArray(id, { minLength: 1, maxLength: 6 });
const small = fc.integer({ min: -20, max: 20 });
const day = fc.integer({ min: 1, max: 4 });
const rest = fc.nat(3);
const which = fc.nat(9);

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: constant('insert'), ids, v: fc.option(small, { freq: 6 }), day }) },
  { weight: 5, arbitrary: fc.record({ kind: constant('merge'), ids, v: small, day }) },
  { weight: 2, arbitrary: fc.record({ kind: constant('update'), rest, v: small }) },
  { weight: 2, arbitrary: fc.record({ kind: constant('delete'), rest }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('optimize' as const, 'vacuum' as const, 'old vacuum' as const) }) },
  fc.record({ kind: constant('insert from itself'), rest }),
  fc.record({ kind: constant('move'), day, to: day }),
  fc.record({ kind: constant('delete day'), day }),
  fc.record({ kind: fc.constantFrom('reopen' as const, 'widen' as const) }),
  fc.record({ kind: constant('add'), type: fc.constantFrom('int' as const, 'string' as const) }),
  fc.record({ kind: fc.constantFrom('rename' as const, 'drop' as const), which }),
  fc.record({ kind: constant('rollback'), which }),
  fc.record({ kind: constant('repartition'), to: fc.nat(2) }),
);

export const steps = (maxLength: number): fc.Arbitrary<Step[]> =>
  fc.array(fc.record({ action, dieAt: fc.option(fc.nat(60), { freq: 2 }) }), { minLength: Math.ceil(maxLength / 2), maxLength, size: 'max' });

const T = 'db.t';
const dateOf = (number: number): string => `2025-01-0${number}`;
const with_ = (row: ModelRow, changes: readonly (readonly [ModelColumn, string | null])[]): ModelRow => {
  const changed = new Map(row);
  for (const [column, value] of changes) {
    if (value === null) changed.delete(column.id);
    else changed.set(column.id, value);
  }
  return changed;
};

/** A value for a column that comes and goes, made of the row's id. */
const extraValue = (column: ModelColumn, of: number): string => (column.type === 'string' ? `s${of}` : String(of));
const literal = (column: ModelColumn, value: string): string => (column.type === 'string' ? `'${value}'` : value);

/** The statement of an action in Athena's SQL; undefined where it is none. The model becomes what it should make of the table. */
export const statementOf = (step: Action, model: Model): string | undefined => {
  const [idColumn, v, dayColumn] = [model.column('id'), model.column('v'), model.column('day')];
  const restOf = (row: ModelRow): number => Number(row.get(idColumn.id)) % 4;
  switch (step.kind) {
    case 'insert': {
      const [extra] = model.extras();
      const columns = extra ? [idColumn, v, dayColumn, extra] : [idColumn, v, dayColumn];
      model.rows = [...model.rows, ...step.ids.map((number) => with_(new Map(), [[idColumn, String(number)], [v, step.v === null ? null : String(step.v)], [dayColumn, dateOf(step.day)], ...(extra ? [[extra, extraValue(extra, number)] as const] : [])]))];
      const values = step.ids.map((number) => `(${number}, ${step.v ?? 'NULL'}, DATE '${dateOf(step.day)}'${extra ? `, ${literal(extra, extraValue(extra, number))}` : ''})`);
      return `INSERT INTO ${T} (${columns.map(({ name }) => name).join(', ')}) VALUES ${values.join(', ')}`;
    }
    case 'insert from itself':
      // The values of dropped columns stay behind.
      model.rows = [...model.rows, ...model.rows.filter((row) => restOf(row) === step.rest).map((row) => new Map(model.columns.flatMap(({ id: key }) => (row.has(key) ? [[key, row.get(key)!] as const] : []))))];
      return `INSERT INTO ${T} SELECT * FROM ${T} WHERE id % 4 = ${step.rest}`;
    case 'merge':
      return merge(step, model);
    case 'update':
      model.rows = model.rows.map((row) => (restOf(row) === step.rest ? with_(row, [[v, String(step.v)]]) : row));
      return `UPDATE ${T} SET v = ${step.v} WHERE id % 4 = ${step.rest}`;
    case 'move':
      model.rows = model.rows.map((row) => (row.get(dayColumn.id) === dateOf(step.day) ? with_(row, [[dayColumn, dateOf(step.to)]]) : row));
      return `UPDATE ${T} SET day = DATE '${dateOf(step.to)}' WHERE day = DATE '${dateOf(step.day)}'`;
    case 'delete':
      model.rows = model.rows.filter((row) => restOf(row) !== step.rest);
      return `DELETE FROM ${T} WHERE id % 4 = ${step.rest}`;
    case 'delete day':
      model.rows = model.rows.filter((row) => row.get(dayColumn.id) !== dateOf(step.day));
      return `DELETE FROM ${T} WHERE day = DATE '${dateOf(step.day)}'`;
    case 'optimize':
      return `OPTIMIZE ${T} REWRITE DATA USING BIN_PACK`;
    case 'vacuum':
    case 'old vacuum':
      return `VACUUM ${T}`;
    default:
      return alteration(step, model);
  }
};

/** Rows with the smallest id delete, others update; ids that are not there are inserted. Rows of one id are all changed alike. */
const merge = (step: Extract<Action, { kind: 'merge' }>, model: Model): string => {
  const [idColumn, v, dayColumn] = [model.column('id'), model.column('v'), model.column('day')];
  const known = new Set(model.rows.map((row) => Number(row.get(idColumn.id))));
  const deleted = Math.min(...step.ids);
  model.rows = model.rows
    .filter((row) => Number(row.get(idColumn.id)) !== deleted)
    .map((row) => (step.ids.includes(Number(row.get(idColumn.id))) ? with_(row, [[v, String(step.v)]]) : row));
  const inserted = step.ids.filter((number) => !known.has(number));
  model.rows = [...model.rows, ...inserted.map((number) => with_(new Map(), [[idColumn, String(number)], [v, String(step.v)], [dayColumn, dateOf(step.day)]]))];
  return `MERGE INTO ${T} t USING (VALUES ${step.ids.join(', ')}) AS s(id) ON t.id = s.id
    WHEN MATCHED AND s.id = ${deleted} THEN DELETE WHEN MATCHED THEN UPDATE SET v = ${step.v}
    WHEN NOT MATCHED THEN INSERT (id, v, day) VALUES (s.id, ${step.v}, DATE '${dateOf(step.day)}')`;
};

const alteration = (step: Action, model: Model): string | undefined => {
  const extras = model.extras();
  const chosen = 'which' in step ? extras[step.which % Math.max(extras.length, 1)] : undefined;
  switch (step.kind) {
    case 'add': {
      const column: ModelColumn = { id: (model.lastId += 1), name: `x${model.lastId}`, type: step.type };
      model.columns = [...model.columns, column];
      return `ALTER TABLE ${T} ADD COLUMNS (${column.name} ${column.type})`;
    }
    case 'rename': {
      if (!chosen) return undefined;
      const name = `x${chosen.name.length > 8 ? chosen.id : `${chosen.name}r`}`;
      model.columns = model.columns.map((column) => (column === chosen ? { ...column, name } : column));
      return name === chosen.name ? undefined : `ALTER TABLE ${T} CHANGE COLUMN ${chosen.name} ${name} ${chosen.type}`;
    }
    case 'drop':
      if (!chosen) return undefined;
      model.columns = model.columns.filter((column) => column !== chosen);
      return `ALTER TABLE ${T} DROP COLUMN ${chosen.name}`;
    case 'widen': {
      const narrow = model.column('v');
      model.columns = model.columns.map((column) => (column === narrow ? { ...column, type: 'bigint' } : column));
      return `ALTER TABLE ${T} CHANGE COLUMN v v bigint`;
    }
    default:
      return undefined;
  }
};
