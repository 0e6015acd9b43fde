import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { prepareConnection } from '../../../localcloud/athena/sql/index.ts';

/** A fresh in-memory DuckDB that computes as Trino does. */
export const openDuckDB = async (): Promise<DuckDBConnection> => {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  await prepareConnection(connection);
  return connection;
};

/** The rows of a query, every value as DuckDB's JSON has it. */
export const rowsOf = async (connection: DuckDBConnection, sql: string): Promise<unknown[][]> => {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRowsJson();
};
