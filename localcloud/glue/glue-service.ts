import { AwsError } from '../core/errors.ts';
import type { JsonAction } from '../core/json-protocol.ts';
import { jsonProtocol } from '../core/json-protocol.ts';
import type { CatalogReader, CatalogTable } from '../core/ports.ts';
import type { Clock, RequestHandler, Service } from '../core/service.ts';
import { CatalogStore } from './catalog-store.ts';
import type { GlueColumn, GlueDatabaseInput, GluePartition, GlueTable, GlueTableInput } from './glue-types.ts';
import { Input, page } from './input.ts';
import { partitionFilter } from './partition-expression.ts';

export interface GlueOptions {
  /** Where the catalog lies, e.g. `<dataDir>/glue`. */
  folder: string;
  clock?: Clock;
}

/**
 * AWS Glue's Data Catalog: databases, tables with versions, partitions. Jobs, crawlers and schema registries are not here.
 * `catalog` is the typed way in for neighbours.
 */
export class GlueService implements Service, CatalogReader {
  readonly signingNames = ['glue'];
  readonly handle: RequestHandler;
  readonly catalog: CatalogStore;

  constructor(options: GlueOptions) {
    this.catalog = new CatalogStore(options.folder, options.clock ?? (() => new Date()));
    this.handle = jsonProtocol('glue', { ...databaseActions(this.catalog), ...tableActions(this.catalog), ...partitionActions(this.catalog) });
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

type Actions = Record<string, JsonAction>;

/** An action on checked input. */
const action =
  (run: (input: Input) => unknown): JsonAction =>
  (input) =>
    run(new Input(input, 'InvalidInputException'));

const listed = <T>(input: Input, items: readonly T[], defaultSize: number): { items: T[]; nextToken: string | undefined } =>
  page(items, input.optionalText('NextToken'), input.optionalNumber('MaxResults') ?? defaultSize, () => input.refuse('Invalid NextToken'));

const databaseActions = (catalog: CatalogStore): Actions => ({
  CreateDatabase: action((input) => catalog.createDatabase(databaseInput(input))),
  GetDatabase: action((input) => ({ Database: catalog.requireDatabase(input.text('Name')) })),
  GetDatabases: action((input) => {
    const { items, nextToken } = listed(input, catalog.databases(), 100);
    return { DatabaseList: items, NextToken: nextToken };
  }),
  UpdateDatabase: action((input) => catalog.updateDatabase(input.text('Name'), databaseInput(input))),
  DeleteDatabase: action((input) => catalog.deleteDatabase(input.text('Name'))),
});

const databaseInput = (input: Input): GlueDatabaseInput => {
  const given = input.structure('DatabaseInput');
  return { ...given.all(), Name: given.text('Name') };
};

const tableActions = (catalog: CatalogStore): Actions => ({
  CreateTable: action((input) => {
    if (input.has('OpenTableFormatInput')) throw new AwsError('NotImplementedException', 'glue: OpenTableFormatInput is not supported locally', { status: 501 });
    catalog.createTable(input.text('DatabaseName'), tableInput(input));
  }),
  GetTable: action((input) => ({ Table: catalog.requireTable(input.text('DatabaseName'), input.text('Name')) })),
  GetTables: action((input) => {
    const matches = nameFilter(input);
    const { items, nextToken } = listed(input, catalog.tables(input.text('DatabaseName')).filter((table) => matches(table.Name)), 100);
    return { TableList: items, NextToken: nextToken };
  }),
  SearchTables: action((input) => {
    const unsupported = ['Filters', 'SortCriteria', 'ResourceShareType'].find((member) => input.has(member));
    if (unsupported !== undefined) throw new AwsError('NotImplementedException', `glue: SearchTables with ${unsupported} is not supported locally`, { status: 501 });
    const matches = searchFilter(input.optionalText('SearchText') ?? '');
    const { items, nextToken } = listed(input, catalog.databases().flatMap((database) => catalog.tables(database.Name)).filter(matches), 100);
    return { TableList: items, NextToken: nextToken };
  }),
  UpdateTable: action((input) => {
    catalog.updateTable(input.text('DatabaseName'), tableInput(input), input.optionalText('VersionId'), input.flag('SkipArchive'));
  }),
  DeleteTable: action((input) => catalog.deleteTable(input.text('DatabaseName'), input.text('Name'))),
  BatchDeleteTable: action((input) => {
    const database = input.text('DatabaseName');
    return { Errors: collectErrors(input.texts('TablesToDelete'), (name) => catalog.deleteTable(database, name), (name) => ({ TableName: name })) };
  }),
  GetTableVersion: action((input) => ({ TableVersion: findVersion(catalog, input) })),
  GetTableVersions: action((input) => {
    const { items, nextToken } = listed(input, catalog.tableVersions(input.text('DatabaseName'), input.text('TableName')), 100);
    return { TableVersions: items.map(asVersion), NextToken: nextToken };
  }),
});

const tableInput = (input: Input): GlueTableInput => {
  const given = input.structure('TableInput');
  return { ...given.all(), Name: given.text('Name') };
};

const nameFilter = (input: Input): ((name: string) => boolean) => {
  const expression = input.optionalText('Expression');
  if (expression === undefined || expression === '') return () => true;
  try {
    const pattern = new RegExp(`^(?:${expression})$`, 'i');
    return (name) => pattern.test(name);
  } catch (cause) {
    throw new AwsError('InvalidInputException', `Invalid expression: ${expression}`, { cause });
  }
};

/** Text in quotes is a whole name, other text a part of one, or of the description: https://docs.aws.amazon.com/glue/latest/webapi/API_SearchTables.html */
const searchFilter = (text: string): ((table: GlueTable) => boolean) => {
  const wanted = text.toLowerCase();
  if (/^".*"$/.test(wanted)) return ({ Name }) => Name === wanted.slice(1, -1);
  return ({ Name, Description = '' }) => Name.includes(wanted) || Description.toLowerCase().includes(wanted);
};

const asVersion = (table: GlueTable): { Table: GlueTable; VersionId: string } => ({ Table: table, VersionId: table.VersionId });

const findVersion = (catalog: CatalogStore, input: Input): unknown => {
  const versions = catalog.tableVersions(input.text('DatabaseName'), input.text('TableName'));
  const wanted = input.optionalText('VersionId');
  const found = wanted === undefined ? versions[0] : versions.find((table) => table.VersionId === wanted);
  if (!found) throw new AwsError('EntityNotFoundException', `Table version ${wanted ?? ''} not found.`);
  return asVersion(found);
};

const partitionActions = (catalog: CatalogStore): Actions => ({
  CreatePartition: action((input) => catalog.createPartition(...tableNames(input), partitionInput(input.structure('PartitionInput')))),
  BatchCreatePartition: action((input) => ({
    Errors: collectErrors(
      input.structures('PartitionInputList').map(partitionInput),
      (partition) => catalog.createPartition(...tableNames(input), partition),
      (partition) => ({ PartitionValues: partition.Values }),
    ),
  })),
  GetPartition: action((input) => {
    const found = catalog.partition(...tableNames(input), input.texts('PartitionValues'));
    if (!found) throw new AwsError('EntityNotFoundException', 'Partition not found.');
    return { Partition: found };
  }),
  BatchGetPartition: action((input) => {
    const [database, name] = tableNames(input);
    catalog.requireTable(database, name);
    const wanted = input.structures('PartitionsToGet').map((item) => item.texts('Values'));
    return {
      Partitions: wanted.flatMap((values) => catalog.partition(database, name, values) ?? []),
      UnprocessedKeys: [], // of what is not there AWS tells nothing either
    };
  }),
  GetPartitions: action((input) => {
    const [database, name] = tableNames(input);
    const table = catalog.requireTable(database, name);
    const matches = partitionFilter(input.optionalText('Expression'), table.PartitionKeys ?? []);
    const { items, nextToken } = listed(input, catalog.partitions(database, name).filter((partition) => matches(partition.Values)), 1000);
    return { Partitions: items, NextToken: nextToken };
  }),
  DeletePartition: action((input) => catalog.deletePartition(...tableNames(input), input.texts('PartitionValues'))),
  BatchDeletePartition: action((input) => ({
    Errors: collectErrors(
      input.structures('PartitionsToDelete').map((item) => item.texts('Values')),
      (values) => catalog.deletePartition(...tableNames(input), values),
      (values) => ({ PartitionValues: values }),
    ),
  })),
});

const tableNames = (input: Input): [database: string, table: string] => [input.text('DatabaseName'), input.text('TableName')];

const partitionInput = (given: Input): Pick<GluePartition, 'Values' | 'StorageDescriptor' | 'Parameters'> => ({
  Values: given.texts('Values'),
  StorageDescriptor: (given.raw('StorageDescriptor') ?? {}),
  Parameters: (given.raw('Parameters') ?? {}) as Record<string, string>,
});

/** Runs each item; what the service refuses is listed, as the Batch actions answer it, and does not stop the others. */
const collectErrors = <T>(items: readonly T[], run: (item: T) => void, name: (item: T) => Record<string, unknown>): unknown[] =>
  items.flatMap((item) => {
    try {
      run(item);
      return [];
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return [{ ...name(item), ErrorDetail: { ErrorCode: error.code, ErrorMessage: error.message } }];
    }
  });
