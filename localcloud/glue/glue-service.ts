import { jsonProtocol } from '../core/json-protocol.ts';
import type { CatalogReader, CatalogTable } from '../core/ports.ts';
import type { Clock, RequestHandler, Service } from '../core/service.ts';
import { glueAccess } from './access.ts';
import { CatalogStore } from './catalog-store.ts';
import { databaseActions } from './database-actions.ts';
import type { GlueColumn } from './glue-types.ts';
import { partitionActions } from './partition-actions.ts';
import type { CreateIceberg } from './table-actions.ts';
import { tableActions, tableVersionActions } from './table-actions.ts';
import { tagActions } from './tag-actions.ts';

export interface GlueOptions {
  /** Where the catalog lies, e.g. `<dataDir>/glue`. */
  folder: string;
  clock?: Clock;
  /** For CreateTable with OpenTableFormatInput, which is refused without it. */
  createIceberg?: CreateIceberg;
}

/**
 * AWS Glue's Data Catalog: databases with tags, tables with versions, partitions. Jobs, crawlers and schema registries are not here.
 * `catalog` is the typed way in for neighbours.
 */
export class GlueService implements Service, CatalogReader {
  readonly signingNames = ['glue'];
  readonly handle: RequestHandler;
  readonly catalog: CatalogStore;

  constructor(options: GlueOptions) {
    this.catalog = new CatalogStore(options.folder, options.clock ?? (() => new Date()));
    this.handle = jsonProtocol('glue', {
      ...databaseActions(this.catalog),
      ...tableActions(this.catalog, options.createIceberg),
      ...tableVersionActions(this.catalog),
      ...partitionActions(this.catalog),
      ...tagActions(this.catalog),
    }, glueAccess);
  }

  table(database: string, name: string): CatalogTable | undefined {
    const table = this.catalog.table(database, name);
    if (!table) return undefined;
    return {
      databaseName: table.DatabaseName,
      name: table.Name,
      columns: columnsOf(table.StorageDescriptor?.Columns),
      partitionKeys: columnsOf(table.PartitionKeys),
      parameters: table.Parameters ?? {},
      location: table.StorageDescriptor?.Location,
      tableType: table.TableType,
      versionId: table.VersionId,
    };
  }
}

const columnsOf = (columns: readonly GlueColumn[] | undefined): { name: string; type: string }[] =>
  (columns ?? []).map((column) => ({ name: column.Name, type: column.Type ?? 'string' }));
