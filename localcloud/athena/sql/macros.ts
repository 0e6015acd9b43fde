import type { DuckDBConnection } from '@duckdb/node-api';

/** DuckDB statements to run once per connection. */
export const MACROS: readonly string[] = [];

/** Makes a connection compute as Trino does: the macros, and UTC as the session's zone. */
export const prepareConnection = async (connection: DuckDBConnection): Promise<void> => {
  await connection.run("SET TimeZone='UTC'");
  for (const macro of MACROS) await connection.run(macro);
};
