import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { prepareConnection, translate, translateError } from '../../../localcloud/athena/sql/index.ts';
import { randomQueries } from './random-queries.ts';
import { TrinoFailure, type RunOnTrino } from './trino-client.ts';

export interface QueryDifference {
  sql: string;
  floe: string;
  trino: string;
}

export interface RandomComparison {
  /** Queries both engines answered, or both refused. */
  compared: number;
  /** Of these, with an error in both. */
  failed: number;
  /** Not supported locally. */
  refused: number;
  /** Different as docs/fidelity.md says. */
  listed: number;
  differences: QueryDifference[];
}

/** Asks both engines the same random queries. Errors are equal by name; rows by their values in order. */
export const compareRandomQueries = async (run: RunOnTrino, seed: number, count: number): Promise<RandomComparison> => {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    await prepareConnection(connection);
    const next = randomQueries(seed);
    const result: RandomComparison = { compared: 0, failed: 0, refused: 0, listed: 0, differences: [] };
    for (let index = 0; index < count; index += 1) {
      const sql = next();
      const floe = await localAnswer(connection, sql);
      if (floe === 'fails: NOT_SUPPORTED') {
        result.refused += 1;
        continue;
      }
      const trino = await trinoAnswer(run, sql);
      if (trino === 'fails: NOT_SUPPORTED') continue; // Trino's own limits: a constant array with NULL in a filter
      result.compared += 1;
      if (trino.startsWith('fails: ') && floe === trino) result.failed += 1;
      else if (floe !== trino && isListed(sql, floe)) result.listed += 1;
      else if (floe !== trino) result.differences.push({ sql, floe, trino });
    }
    return result;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
};

/** What docs/fidelity.md and KNOWN-DIFFERENCES.md tell of: negative zero, and sets of arrays beside a table. */
const isListed = (sql: string, floe: string): boolean => sql.includes('-0e0') || (floe === 'fails: COLUMN_NOT_FOUND' && /UNNEST\([\s\S]*array_(?:except|intersect)\(/.test(sql));

const localAnswer = async (connection: DuckDBConnection, sql: string): Promise<string> => {
  try {
    const statement = translate(sql);
    if (statement.kind !== 'query') throw new Error('not a query');
    const reader = await connection.runAndReadAll(statement.sql);
    const types = statement.output?.map(({ type }) => type ?? '') ?? [];
    return reader.getRowsJson().map((row) => row.map((value, index) => shown(value, types[index] ?? '')).join(' | ')).join('\n');
  } catch (error) {
    const failure = translateError(error);
    return `fails: ${failure.errorName === 'GENERIC_INTERNAL_ERROR' ? failure.message : failure.errorName}`;
  }
};

const trinoAnswer = async (run: RunOnTrino, sql: string): Promise<string> => {
  try {
    const { rows, columns } = await run(sql);
    return rows.map((row) => row.map((value, index) => shown(value, columns[index]?.type ?? '')).join(' | ')).join('\n');
  } catch (error) {
    if (error instanceof TrinoFailure) return `fails: ${error.errorName}`;
    throw error;
  }
};

/** Numbers by value, doubles to fourteen digits; times without zeros behind the last digit. */
const shown = (value: unknown, type: string): string => {
  if (value === null || value === undefined) return 'NULL';
  if (Array.isArray(value)) return `[${value.map((item) => shown(item, /^array\((.*)\)$/.exec(type)?.[1] ?? '')).join(', ')}]`;
  if (type === 'double' || type === 'real') return String(Number(Number(value).toPrecision(14)));
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return type.startsWith('timestamp') ? text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '') : text;
};
