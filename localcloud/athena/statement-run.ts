import type { ObjectStore } from '../core/ports.ts';
import type { Clock } from '../core/service.ts';
import type { AthenaCatalog, CatalogEntry, TableName } from './catalog.ts';
import type { Connections } from './connections.ts';
import { AthenaFailure } from './failure.ts';
import type { FileAccess } from './iceberg/index.ts';
import type { PreparedStatements } from './service/prepared-statements.ts';
import type { ColumnDescription } from './sql/index.ts';
import type { ResultColumn, RowSink, StatementContext, StatementKind, StatementResult } from './types.ts';
import { textColumn } from './results/columns.ts';

/** What all statements of an engine share. */
export interface EngineParts {
  store: ObjectStore & { readonly access?: FileAccess };
  catalog: AthenaCatalog;
  connections: Connections;
  /** On the same file system as the store. */
  temporaryFolder: string;
  prepared: PreparedStatements;
  clock: Clock;
}

/** One statement on its way: the engine's parts, its context, and the tables as it saw them first. */
export class StatementRun {
  readonly parts: EngineParts;
  readonly context: StatementContext;
  readonly sink: RowSink;
  readonly database: string;
  private readonly seen = new Map<string, CatalogEntry>();

  constructor(parts: EngineParts, context: StatementContext, sink: RowSink) {
    this.parts = parts;
    this.context = context;
    this.sink = sink;
    this.database = (context.database ?? 'default').toLowerCase();
  }

  resolve(parts: readonly string[], database = this.database): TableName {
    return this.parts.catalog.resolve(parts, database);
  }

  /** The table in one state for the whole statement, however often it is named. */
  require(name: TableName, position?: { line: number; column: number }): CatalogEntry {
    const key = `${name.database}\0${name.table}`;
    const entry = this.seen.get(key) ?? this.parts.catalog.require(name, position);
    this.seen.set(key, entry);
    return entry;
  }

  /** For the translation: what it does not find it leaves to the scan, which says so with the name's place. */
  columnsOf(schema: string | undefined, table: string, database = this.database): ColumnDescription[] | undefined {
    const name = { database: (schema ?? database).toLowerCase(), table };
    if (!this.seen.has(`${name.database}\0${name.table}`) && !this.parts.catalog.find(name)) return undefined;
    return this.parts.catalog.columnsOf(this.require(name));
  }

  /** @throws AthenaFailure where the workgroup's limit is below. */
  checkScanned(bytes: bigint): void {
    const { bytesScannedLimit } = this.context;
    if (bytesScannedLimit !== undefined && bytes > BigInt(bytesScannedLimit)) throw new AthenaFailure('EXCEEDED_SCAN_LIMIT', 'Bytes scanned limit was exceeded');
  }

  /** Answers a statement that has text lines for rows, or none. */
  async answerText(substatement: string, columnNames: readonly string[] = [], rows: readonly (readonly string[])[] = []): Promise<StatementResult> {
    const columns = columnNames.map(textColumn);
    await this.sink.columns(columns);
    if (rows.length > 0) await this.sink.rows(rows);
    return statementResult('DDL', substatement, columns);
  }
}

export const statementResult = (
  kind: StatementKind,
  substatement: string,
  columns: ResultColumn[],
  statistics: Partial<StatementResult['statistics']> = {},
): StatementResult => ({
  kind,
  substatement,
  columns,
  statistics: { dataScannedBytes: statistics.dataScannedBytes ?? 0n, updateCount: statistics.updateCount, snapshotId: statistics.snapshotId, files: statistics.files },
});
