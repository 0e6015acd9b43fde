import { notSupportedLocally } from './failure.ts';
import { resultColumn, textColumn } from './results/columns.ts';
import type { ExplainFormat, Statement } from './statements/model.ts';
import { parseStatement } from './statements/parse.ts';
import type { StatementRun } from './statement-run.ts';
import { statementResult } from './statement-run.ts';
import { scanTables, translateQuery } from './table-scan.ts';
import type { StatementResult } from './types.ts';

type Explain = Extract<Statement, { kind: 'explain' }>;

/**
 * EXPLAIN [ANALYZE] of a query (https://docs.aws.amazon.com/athena/latest/ug/athena-explain-statement.html). The plan is the one
 * DuckDB makes of the translated query, in DuckDB's words; it is the same for LOGICAL and DISTRIBUTED.
 */
export const executeExplain = async (run: StatementRun, statement: Explain): Promise<StatementResult> => {
  if (statement.type === 'io') throw notSupportedLocally('EXPLAIN (TYPE IO)');
  const inner = parseStatement(statement.query);
  if (inner.kind !== 'dml' || inner.verb !== 'SELECT') throw notSupportedLocally('EXPLAIN of anything but a query');
  const query = await translateQuery(run, statement.query);
  return run.parts.connections.use(run.context.signal, async (connection) => {
    const tables = await scanTables(run, connection, query.tables);
    if (statement.analyze) run.checkScanned(tables.bytes);
    const reader = await connection.runAndReadAll(`${explainWords(statement)} ${tables.fill(query.sql)}`);
    if (statement.type === 'validate') return answer(run, 'Valid', ['true'], 0n);
    const lines = reader.getRows().flatMap((row) => String(row[1]).trimEnd().split('\n'));
    return answer(run, 'Query Plan', lines, statement.analyze ? tables.bytes : 0n);
  });
};

const FORMATS: Readonly<Record<ExplainFormat, string>> = { text: 'FORMAT text', json: 'FORMAT json', graphviz: 'FORMAT graphviz' };

const explainWords = ({ analyze, format }: Explain): string => `EXPLAIN (${analyze ? 'ANALYZE, ' : ''}${FORMATS[format]})`;

const answer = async (run: StatementRun, name: string, lines: readonly string[], dataScannedBytes: bigint): Promise<StatementResult> => {
  const columns = [name === 'Valid' ? resultColumn(name, { base: 'boolean', numbers: [], parts: [] }) : textColumn(name)];
  await run.sink.columns(columns);
  await run.sink.rows(lines.map((line) => [line]));
  return statementResult('UTILITY', 'EXPLAIN', columns, { dataScannedBytes });
};
