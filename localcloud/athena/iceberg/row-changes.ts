import type { DuckDBConnection } from '@duckdb/node-api';
import { IcebergError } from './errors.ts';
import { duckDbTypeOf, query } from './sql.ts';
import type { IcebergTable } from './table.ts';
import type { Field } from './types.ts';

/** Makes temporary tables of a statement and drops them at its end, whatever the end is. */
export class TemporaryTables {
  private readonly connection: DuckDBConnection;
  private readonly names: string[] = [];

  constructor(connection: DuckDBConnection) {
    this.connection = connection;
  }

  /** Makes `temp.name`. @returns how many rows it has */
  async create(name: string, select: string): Promise<number> {
    const made = await this.connection.run(`CREATE OR REPLACE TEMP TABLE ${name} AS ${select}`);
    this.names.push(name);
    return Number((await made.getRows())[0]?.[0]);
  }

  async drop(): Promise<void> {
    const names = this.names.splice(0);
    if (names.length > 0) await this.connection.run(names.map((name) => `DROP TABLE IF EXISTS temp.${name}`).join('; '));
  }
}

/** A number of one row and column. */
export const countOf = async (connection: DuckDBConnection, sql: string): Promise<number> => Number(Object.values((await query(connection, sql))[0] ?? {})[0] ?? 0);

export const castTo = (field: Field, sql: string): string => `CAST(${sql} AS ${duckDbTypeOf(field.type)})`;

/** Throws IcebergError COLUMN_NOT_FOUND for a column the table has not, in Trino's words. */
export const checkColumns = (table: IcebergTable, columns: readonly string[], text: (column: string) => string): void => {
  const unknown = columns.find((column) => !table.schema.fields.some((field) => field.name === column));
  if (unknown !== undefined) throw new IcebergError('COLUMN_NOT_FOUND', text(unknown));
};
