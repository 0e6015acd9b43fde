import type { DuckDBConnection } from '@duckdb/node-api';
import { storableType } from './storable-type.ts';
import { filesWith } from './delete-update.ts';
import { IcebergError } from './errors.ts';
import type { ColumnPredicate } from './predicates.ts';
import { TemporaryTables, castTo, checkColumns, countOf } from './row-changes.ts';
import { commitRowDelta } from './row-delta.ts';
import { restrictPlan } from './scan.ts';
import type { FilePlan } from './scan.ts';
import type { CommitResult, IcebergSession } from './session.ts';
import { identifier, query } from './sql.ts';
import { IcebergTable } from './table.ts';
import type { Field } from './types.ts';

/** A WHEN clause; conditions and values are DuckDB SQL over the two aliases. */
export interface MergeClause {
  matched: boolean;
  /** null = always. A condition that is NULL is not true. */
  condition: string | null;
  action: 'update' | 'delete' | 'insert';
  /** Of an update. */
  set?: readonly (readonly [column: string, sql: string])[] | undefined;
  /** Of an insert: the columns the values go to, default all in the table's order. */
  columns?: readonly string[] | null | undefined;
  values?: readonly string[] | undefined;
}

export interface MergePlan {
  targetAlias: string;
  /** A DuckDB FROM item; its alias is given apart. */
  source: { sql: string; alias: string };
  on: string;
  clauses: readonly MergeClause[];
  /** What every target row that can match satisfies. */
  targetPredicates?: readonly ColumnPredicate[];
  /** Columns of the target that ON, conditions and values use, for the count of bytes scanned; default all. */
  targetColumns?: Iterable<string>;
}

/** Names of temporary tables, and of the columns they add to the statement's own. */
const SOURCE = '__merge_source';
const MATCHED = '__merge_matched';
const INSERTS = '__merge_inserts';
const NO_CLAUSE = -1;

const NO_ROWS = { updated: 0, deleted: 0 };

interface Numbered extends MergeClause {
  index: number;
}

/** The number of the first clause whose condition is true. */
const clauseNumber = (clauses: readonly Numbered[]): string => {
  if (clauses.length === 0) return `CAST(${NO_CLAUSE} AS INTEGER)`;
  return `CASE ${clauses.map(({ condition, index }) => `WHEN ${condition ?? 'true'} THEN ${index}`).join(' ')} ELSE ${NO_CLAUSE} END`;
};

const checkClauses = (table: IcebergTable, clauses: readonly MergeClause[]): void => {
  for (const clause of clauses) {
    checkColumns(table, (clause.set ?? []).map(([column]) => column), (column) => `Merge column name does not exist in target table: ${column}`);
    checkColumns(table, clause.columns ?? [], (column) => `Merge column name does not exist in target table: ${column}`);
    const expected = (clause.columns ?? table.schema.fields).length;
    if (clause.action === 'insert' && clause.values?.length !== expected) {
      throw new IcebergError('INVALID_ARGUMENTS', `MERGE insert has ${clause.values?.length ?? 0} values for ${expected} columns`);
    }
  }
};

class MergeStatement {
  private readonly connection: DuckDBConnection;
  private readonly table: IcebergTable;
  private readonly plan: MergePlan;
  readonly files: FilePlan;
  private readonly temporary: TemporaryTables;
  private readonly clauses: readonly Numbered[];
  private readonly target: string;
  private readonly source: string;

  constructor(connection: DuckDBConnection, table: IcebergTable, plan: MergePlan, temporary: TemporaryTables) {
    this.connection = connection;
    this.table = table;
    this.plan = plan;
    this.temporary = temporary;
    this.files = table.planFiles(plan.targetPredicates);
    this.clauses = plan.clauses.map((clause, index) => ({ ...clause, index }));
    this.target = identifier(plan.targetAlias);
    this.source = identifier(plan.source.alias);
  }

  /** The source once: it may be volatile or costly, and each of its rows needs an identity. */
  async materializeSource(): Promise<void> {
    const casts = await this.storableColumns();
    const replaced = casts.length === 0 ? '' : `REPLACE (${casts.join(', ')})`;
    await this.temporary.create(SOURCE, `SELECT * ${replaced}, row_number() OVER () AS __source_row FROM ${this.plan.source.sql}`);
  }

  /** Casts of the source's columns that hold rows without names (`ROW(1, 2)`), which no table can. */
  private async storableColumns(): Promise<string[]> {
    const prepared = await this.connection.prepare(`SELECT * FROM ${this.plan.source.sql}`);
    const columns = Array.from({ length: prepared.columnCount }, (_, index) => ({ name: identifier(prepared.columnName(index)), type: storableType(prepared.columnType(index)) }));
    prepared.destroySync();
    return columns.flatMap(({ name, type }) => (type === undefined ? [] : [`CAST(${name} AS ${type}) AS ${name}`]));
  }

  /**
   * Pairs of a target row and a source row with the clause that applies to them. An inner join of bare columns, so that DuckDB
   * hashes it and pushes the least and greatest join key into the Parquet scan.
   * @returns how many pairs there are
   */
  async match(): Promise<number> {
    const scan = this.table.scanSql(this.files, { withFile: true, withPosition: true });
    const clause = clauseNumber(this.clauses.filter(({ matched }) => matched));
    const pairs = await this.temporary.create(
      MATCHED,
      `SELECT ${this.target}."$file" AS __file, ${this.target}."$pos" AS __position, ${this.source}.__source_row AS __source_row, ${clause} AS __clause
       FROM ${scan} AS ${this.target} JOIN temp.${SOURCE} AS ${this.source} ON ${this.plan.on}`,
    );
    if (pairs > 0) await this.checkDuplicates();
    return pairs;
  }

  /** As Trino does: a pair of target row and clause must not repeat, nor may two clauses change one row. */
  private async checkDuplicates(): Promise<void> {
    const repeated = `SELECT __file, __position FROM temp.${MATCHED} GROUP BY ALL HAVING count(*) > 1`;
    if ((await countOf(this.connection, `SELECT count(*) FROM (${repeated} LIMIT 1)`)) === 0) return;
    const bad = `SELECT 1 FROM temp.${MATCHED} SEMI JOIN (${repeated}) USING (__file, __position)
      GROUP BY __file, __position HAVING count(*) > count(DISTINCT __clause) OR count(*) FILTER (__clause <> ${NO_CLAUSE}) > 1`;
    if ((await countOf(this.connection, `SELECT count(*) FROM (${bad} LIMIT 1)`)) > 0) {
      throw new IcebergError('MERGE_TARGET_ROW_MULTIPLE_MATCHES', 'One MERGE target table row matched more than one source row');
    }
  }

  /** Source rows that matched no target row, with the insert clause that applies to them. @returns how many there are */
  findInserts(): Promise<number> {
    const clause = clauseNumber(this.clauses.filter(({ matched }) => !matched));
    const unmatched = `SELECT ${this.source}.__source_row AS __source_row, ${clause} AS __clause FROM temp.${SOURCE} AS ${this.source} ANTI JOIN temp.${MATCHED} AS __matched ON __matched.__source_row = ${this.source}.__source_row`;
    return this.temporary.create(INSERTS, `SELECT * FROM (${unmatched}) WHERE __clause <> ${NO_CLAUSE}`);
  }

  /** Target rows to which a clause applies. */
  async countMatched(): Promise<{ updated: number; deleted: number }> {
    const rows = { updated: 0, deleted: 0 };
    for (const row of await query(this.connection, `SELECT __clause, count(*) AS n FROM temp.${MATCHED} WHERE __clause <> ${NO_CLAUSE} GROUP BY 1`)) {
      rows[this.clauses[Number(row['__clause'])]?.action === 'update' ? 'updated' : 'deleted'] += Number(row['n']);
    }
    return rows;
  }

  /** Rows that leave the table: those changed, and those deleted. */
  deletedSql(): string {
    return `(SELECT __file, __position FROM temp.${MATCHED} WHERE __clause <> ${NO_CLAUSE})`;
  }

  private updatesSql(): string {
    return this.clauses.flatMap(({ action, index }) => (action === 'update' ? [index] : [])).join(', ') || String(NO_CLAUSE - 1);
  }

  /** The files that hold a row to be updated: only these are read whole. */
  async updatedFiles(session: IcebergSession): Promise<FilePlan> {
    return filesWith(session, this.files, `(SELECT __file FROM temp.${MATCHED} WHERE __clause IN (${this.updatesSql()}))`);
  }

  /** The updated rows with their new values. */
  updateSql(updated: FilePlan): string {
    const updates = this.clauses.filter(({ action }) => action === 'update');
    const value = (field: Field): string => {
      const column = `${this.target}.${identifier(field.name)}`;
      const branches = updates.flatMap(({ index, set }) => {
        const assigned = set?.find(([name]) => name === field.name);
        return assigned ? [`WHEN ${index} THEN ${castTo(field, assigned[1])}`] : [];
      });
      return `${branches.length === 0 ? column : `CASE __matched.__clause ${branches.join(' ')} ELSE ${column} END`} AS ${identifier(field.name)}`;
    };
    return `SELECT ${this.table.schema.fields.map(value).join(', ')}
      FROM ${this.table.scanSql(updated, { withFile: true, withPosition: true })} AS ${this.target}
      JOIN temp.${MATCHED} AS __matched ON __matched.__file = ${this.target}."$file" AND __matched.__position = ${this.target}."$pos" AND __matched.__clause IN (${this.updatesSql()})
      JOIN temp.${SOURCE} AS ${this.source} ON __matched.__source_row = ${this.source}.__source_row`;
  }

  insertSql(): string {
    const inserts = this.clauses.filter(({ action }) => action === 'insert');
    const value = (field: Field, position: number): string => {
      const branches = inserts.map(({ index, columns, values }) => {
        const at = columns ? columns.indexOf(field.name) : position;
        return `WHEN ${index} THEN ${castTo(field, values?.[at] ?? 'NULL')}`;
      });
      return `CASE __inserts.__clause ${branches.join(' ')} END AS ${identifier(field.name)}`;
    };
    return `SELECT ${this.table.schema.fields.map(value).join(', ')}
      FROM temp.${INSERTS} AS __inserts JOIN temp.${SOURCE} AS ${this.source} ON __inserts.__source_row = ${this.source}.__source_row`;
  }

  bytesScanned(updated: FilePlan): bigint {
    const matchColumns = this.plan.targetColumns ?? 'all';
    return this.table.bytesOf(this.files, matchColumns) + this.table.bytesOf(updated, 'all');
  }
}

/**
 * MERGE by merge-on-read: changed rows are named by position deletes and written anew, data files stay. One snapshot, or none where
 * nothing changes. Throws IcebergError MERGE_TARGET_ROW_MULTIPLE_MATCHES, ICEBERG_COMMIT_ERROR and those of writing; errors
 * of the expressions are DuckDB's.
 */
export const merge = async (session: IcebergSession, plan: MergePlan): Promise<CommitResult> => {
  const table = IcebergTable.loadBase(session);
  checkClauses(table, plan.clauses);
  const temporary = new TemporaryTables(session.connection);
  try {
    const statement = new MergeStatement(session.connection, table, plan, temporary);
    await statement.materializeSource();
    const pairs = await statement.match();
    const inserted = await statement.findInserts();
    const rows = { inserted, ...(pairs > 0 ? await statement.countMatched() : NO_ROWS) };
    const updated = rows.updated > 0 ? await statement.updatedFiles(session) : restrictPlan(statement.files, new Set());
    const added = [...(rows.updated > 0 ? [statement.updateSql(updated)] : []), ...(rows.inserted > 0 ? [statement.insertSql()] : [])];
    const snapshotId = await commitRowDelta(session, table, { files: statement.files, deleted: rows.updated + rows.deleted > 0 ? statement.deletedSql() : undefined, added });
    return { snapshotId, rows, bytesScanned: statement.bytesScanned(updated) };
  } finally {
    await temporary.drop();
  }
};
