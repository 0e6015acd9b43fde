import { identifier } from './sql.ts';

/** A column's DuckDB type, and its value in a row as a DuckDB expression. */
export type Columns<T> = Readonly<Record<string, readonly [type: string, value: (row: T) => string]>>;

/** A parenthesised DuckDB sub-select with a line for each row. */
export const selectOf = <T>(columns: Columns<T>, rows: readonly T[]): string => {
  const entries = Object.entries(columns);
  const names = entries.map(([name]) => identifier(name));
  const cast = entries.map(([name, [type]]) => `CAST(${identifier(name)} AS ${type}) AS ${identifier(name)}`).join(', ');
  const values = rows.map((row) => `(${entries.map(([, [type, value]]) => `CAST(${value(row)} AS ${type})`).join(', ')})`);
  if (values.length === 0) return `(SELECT ${entries.map(([name, [type]]) => `CAST(NULL AS ${type}) AS ${identifier(name)}`).join(', ')} WHERE false)`;
  return `(SELECT ${cast} FROM (VALUES ${values.join(', ')}) AS rows(${names.join(', ')}))`;
};
