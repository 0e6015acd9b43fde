import type { CatalogEntry } from './catalog.ts';
import { icebergSession } from './execute-dml.ts';
import { ddlFailure, trinoFailure } from './failure.ts';
import type { ColumnPredicate } from './iceberg/index.ts';
import { optimize, vacuum } from './iceberg/index.ts';
import type { NameParts } from './statements/model.ts';
import type { StatementRun } from './statement-run.ts';
import { statementResult } from './statement-run.ts';
import { translateQuery } from './table-scan.ts';
import type { StatementResult } from './types.ts';

/** OPTIMIZE … REWRITE DATA USING BIN_PACK. */
export const executeOptimize = async (run: StatementRun, parts: NameParts, where: string | undefined): Promise<StatementResult> => {
  const entry = icebergTable(run, parts);
  const predicates = where === undefined ? [] : await partitionPredicates(run, entry, where);
  return run.parts.connections.use(run.context.signal, async (connection) => {
    const result = await optimize(icebergSession(run, connection, entry), { predicates });
    if (result.moreRunsNeeded) throw trinoFailure('ICEBERG_OPTIMIZE_MORE_RUNS_NEEDED', 'OPTIMIZE has more work to do: run the statement again');
    await run.sink.columns([]);
    return statementResult('DML', 'OPTIMIZE', [], { dataScannedBytes: result.bytesScanned, snapshotId: result.snapshotId?.toString() });
  });
};

const icebergTable = (run: StatementRun, parts: NameParts): CatalogEntry & { kind: 'iceberg' } => {
  const entry = run.parts.catalog.require(run.resolve(parts));
  if (entry.kind !== 'iceberg') throw ddlFailure(`SemanticException the table ${entry.name.database}.${entry.name.table} is not an Iceberg table`);
  return entry;
};

/** The condition as predicates on partition columns; Athena takes no other. */
const partitionPredicates = async (run: StatementRun, entry: CatalogEntry & { kind: 'iceberg' }, where: string): Promise<ColumnPredicate[]> => {
  const { database, table } = entry.name;
  const query = await translateQuery(run, `SELECT 1 FROM "${database}"."${table}" WHERE ${where}`);
  const [reference] = query.tables;
  const partitioned = run.parts.catalog.iceberg(entry.metadataLocation).partitionFields.map((field) => field.column);
  const columns = reference?.columns ?? 'all';
  const predicates = reference?.predicates ?? [];
  if (columns === 'all' || predicates.length === 0 || [...columns].some((column) => !partitioned.includes(column))) {
    throw trinoFailure('NOT_SUPPORTED', 'Unexpected FilterNode found in plan; probably connector was not able to handle provided WHERE expression');
  }
  return predicates;
};

/** VACUUM: expires snapshots and removes files nothing refers to, by the table's properties. */
export const executeVacuum = async (run: StatementRun, parts: NameParts): Promise<StatementResult> => {
  const entry = icebergTable(run, parts);
  const { store: files, catalog, clock } = run.parts;
  const { deletedFiles, moreRunsNeeded } = vacuum({ files, pointer: catalog.pointer(entry.name), clock, tableName: `${entry.name.database}.${entry.name.table}` });
  if (moreRunsNeeded) {
    throw trinoFailure(
      'ICEBERG_VACUUM_MORE_RUNS_NEEDED',
      `Removed ${deletedFiles} files in this round of vacuum, but there are more files remaining. Please run another VACUUM command to process the remaining files`,
    );
  }
  await run.sink.columns([]);
  return statementResult('DML', 'VACUUM', []);
};
