import { AwsError } from '../core/errors.ts';
import type { CatalogStore, GlueColumn, GlueTable, GlueTableInput } from '../glue/index.ts';
import type { ExternalTable } from './external/external-table.ts';
import { externalTable } from './external/external-table.ts';
import { AthenaFailure, ddlFailure, trinoFailure } from './failure.ts';
import { hiveText, parseHiveType, trinoText } from './hive-types.ts';
import { hiveTypeOfIceberg } from './iceberg-types.ts';
import type { Field, MetadataPointer, TableFiles } from './iceberg/index.ts';
import { CommitConflict, CommitRefused, IcebergTable } from './iceberg/index.ts';
import type { ColumnDescription } from './sql/index.ts';
import { decodeView } from './views.ts';
import type { ViewDefinition } from './views.ts';

export const CATALOG = 'awsdatacatalog';

export interface TableName {
  database: string;
  table: string;
}

export type CatalogEntry =
  | { kind: 'iceberg'; name: TableName; glue: GlueTable; metadataLocation: string }
  | { kind: 'external'; name: TableName; glue: GlueTable }
  | { kind: 'view'; name: TableName; glue: GlueTable; view: ViewDefinition };

/** Metadata files are immutable, so what was read of one stays true. */
const CACHED_TABLES = 64;

/** Glue's catalog as Athena sees it. */
export class AthenaCatalog {
  readonly store: CatalogStore;
  private readonly files: TableFiles;
  private readonly loaded = new Map<string, IcebergTable>();

  constructor(store: CatalogStore, files: TableFiles) {
    this.store = store;
    this.files = files;
  }

  /** @throws AthenaFailure for a catalog other than the Glue one. */
  resolve(parts: readonly string[], database: string): TableName {
    const [table = '', schema = database, catalog = CATALOG] = parts.toReversed();
    if (catalog !== CATALOG) throw trinoFailure('CATALOG_NOT_FOUND', `Catalog '${catalog}' does not exist`);
    return { database: schema.toLowerCase(), table: table.toLowerCase() };
  }

  find(name: TableName): CatalogEntry | undefined {
    const glue = this.store.table(name.database, name.table);
    if (!glue) return undefined;
    const metadataLocation = glue.Parameters?.['metadata_location'];
    if (glue.Parameters?.['table_type']?.toUpperCase() === 'ICEBERG' && metadataLocation !== undefined) return { kind: 'iceberg', name, glue, metadataLocation };
    if (glue.TableType === 'VIRTUAL_VIEW') return { kind: 'view', name, glue, view: decodeView(glue) };
    return { kind: 'external', name, glue };
  }

  /** What a query names. `position`: where it does, for the text of the failure. */
  require(name: TableName, position?: { line: number; column: number }): CatalogEntry {
    const entry = this.find(name);
    if (entry) return entry;
    const at = position ? `line ${position.line}:${position.column}: ` : '';
    if (!this.store.database(name.database)) throw trinoFailure('SCHEMA_NOT_FOUND', `${at}Schema '${name.database}' does not exist`);
    throw trinoFailure('TABLE_NOT_FOUND', `${at}Table '${CATALOG}.${name.database}.${name.table}' does not exist`);
  }

  /** What DDL names: the same in Hive's words. */
  requireForDdl(name: TableName): CatalogEntry {
    const entry = this.find(name);
    if (entry) return entry;
    if (!this.store.database(name.database)) throw ddlFailure(`SemanticException [Error 10072]: Database does not exist: ${name.database}`);
    throw ddlFailure(`SemanticException [Error 10001]: Table not found ${name.table}`);
  }

  iceberg(metadataLocation: string): IcebergTable {
    const known = this.loaded.get(metadataLocation);
    if (known) return known;
    const table = IcebergTable.load(this.files, metadataLocation);
    if (this.loaded.size >= CACHED_TABLES) this.loaded.clear();
    this.loaded.set(metadataLocation, table);
    return table;
  }

  external(entry: { glue: GlueTable }): ExternalTable {
    return externalTable(entry.glue);
  }

  /** Columns with Trino's types, partition keys last. */
  columnsOf(entry: CatalogEntry): ColumnDescription[] {
    if (entry.kind === 'iceberg') return this.iceberg(entry.metadataLocation).schema.fields.map((field) => ({ name: field.name, type: trinoText(hiveTypeOfIceberg(field.type), 6) }));
    if (entry.kind === 'view') return entry.view.columns;
    const columns = [...(entry.glue.StorageDescriptor?.Columns ?? []), ...(entry.glue.PartitionKeys ?? [])];
    return columns.map((column) => ({ name: column.Name.toLowerCase(), type: trinoText(parseHiveType(column.Type ?? 'string'), 3) }));
  }

  /**
   * The Iceberg table's place in Glue. A swap is an UpdateTable guarded by the version read, as Iceberg's Glue catalog does it
   * (https://iceberg.apache.org/docs/latest/aws/#optimistic-locking).
   */
  pointer(name: TableName): MetadataPointer {
    return {
      current: () => {
        const entry = this.find(name);
        if (entry?.kind !== 'iceberg') throw new CommitConflict(`${name.database}.${name.table} is no Iceberg table any more`);
        return entry.metadataLocation;
      },
      swap: (expected, next) => this.swap(name, expected, next),
    };
  }

  private swap(name: TableName, expected: string, next: string): void {
    const glue = this.store.table(name.database, name.table);
    if (glue?.Parameters?.['metadata_location'] !== expected) throw new CommitConflict(`${name.database}.${name.table} was changed by another writer`);
    const parameters = { ...glue.Parameters, metadata_location: next, previous_metadata_location: expected };
    try {
      const StorageDescriptor = { ...glue.StorageDescriptor, Columns: this.columnsAt(next) };
      this.store.updateTable(name.database, { ...tableInput(glue), StorageDescriptor, Parameters: parameters }, glue.VersionId, true);
    } catch (error) {
      if (error instanceof AthenaFailure) throw new CommitRefused(error.message, { cause: error });
      // A table dropped meanwhile is a lost race too.
      if (error instanceof AwsError && ['ConcurrentModificationException', 'EntityNotFoundException'].includes(error.code)) {
        throw new CommitConflict(`${name.database}.${name.table} was changed by another writer`, { cause: error });
      }
      throw error;
    }
  }

  /**
   * The columns go with the pointer in one step, as in Iceberg's own Glue catalog: present ones, then those of earlier schemas, marked so
   * (https://github.com/apache/iceberg/blob/main/aws/src/main/java/org/apache/iceberg/aws/glue/IcebergToGlueConverter.java).
   */
  private columnsAt(metadataLocation: string): GlueColumn[] {
    const { schema, metadata } = this.iceberg(metadataLocation);
    const present = schema.fields.map(glueColumn);
    const columns = new Map(present.map((column) => [column.Name, column]));
    for (const field of metadata.schemas.flatMap(({ fields }) => fields)) if (!columns.has(field.name)) columns.set(field.name, columnOf(field, false));
    return [...columns.values()];
  }
}

export const glueColumn = (field: Field): GlueColumn => columnOf(field, true);

/** @param isCurrent false: a column of an earlier schema */
const columnOf = (field: Field, isCurrent: boolean): GlueColumn => ({
  Name: field.name,
  Type: hiveText(hiveTypeOfIceberg(field.type)),
  ...(field.doc === undefined ? {} : { Comment: field.doc }),
  Parameters: { 'iceberg.field.id': String(field.id), 'iceberg.field.optional': String(!field.required), 'iceberg.field.current': String(isCurrent) },
});

/** The part of a Glue table that UpdateTable takes back. */
export const tableInput = (table: GlueTable): GlueTableInput =>
  Object.fromEntries(Object.entries(table).filter(([member]) => !ANSWER_ONLY.has(member))) as unknown as GlueTableInput;

const ANSWER_ONLY = new Set(['DatabaseName', 'CatalogId', 'CreateTime', 'UpdateTime', 'CreatedBy', 'IsRegisteredWithLakeFormation', 'VersionId']);
