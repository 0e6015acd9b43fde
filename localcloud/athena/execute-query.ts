import type { DuckDBConnection, DuckDBType } from '@duckdb/node-api';
import { formatValue } from './results/format-value.ts';
import { resultColumn } from './results/columns.ts';
import type { OutputColumn } from './sql/index.ts';
import type { StatementRun } from './statement-run.ts';
import { statementResult } from './statement-run.ts';
import { scanTables, translateQuery } from './table-scan.ts';
import type { TrinoType } from './trino-types.ts';
import { parseTrinoType, trinoTypeOfDuck } from './trino-types.ts';
import type { ResultColumn, StatementResult } from './types.ts';

/** Runs a query; its rows go to the sink as they come. */
export const executeQuery = async (run: StatementRun, sql: string): Promise<StatementResult> => {
  const query = await translateQuery(run, sql);
  return run.parts.connections.use(run.context.signal, async (connection) => {
    const tables = await scanTables(run, connection, query.tables);
    run.checkScanned(tables.bytes);
    const columns = await streamRows(run, connection, tables.fill(query.sql), query.output);
    return statementResult('DML', 'SELECT', columns, { dataScannedBytes: tables.bytes });
  });
};

const streamRows = async (run: StatementRun, connection: DuckDBConnection, sql: string, output: readonly OutputColumn[] | undefined): Promise<ResultColumn[]> => {
  const result = await connection.stream(sql);
  const types = outputTypes(output, result.columnTypes());
  const columns = result.columnNames().map((name, index) => resultColumn(output?.[index]?.name ?? name, types[index] ?? ANY));
  await run.sink.columns(columns);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) return columns;
    run.context.signal?.throwIfAborted();
    await run.sink.rows(chunk.getRows().map((row) => row.map((value, index) => formatValue(value, types[index] ?? ANY))));
  }
};

const ANY: TrinoType = { base: 'varchar', numbers: [], parts: [] };

/** Trino's types where the translation knows them, else what DuckDB's are called there. */
export const outputTypes = (output: readonly OutputColumn[] | undefined, duckTypes: readonly DuckDBType[]): TrinoType[] =>
  duckTypes.map((duckType, index) => {
    const text = output?.[index]?.type;
    return (text === undefined ? undefined : parseTrinoType(text)) ?? trinoTypeOfDuck(duckType);
  });
