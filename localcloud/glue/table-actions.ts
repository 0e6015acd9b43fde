import { AwsError } from '../core/errors.ts';
import type { Actions } from './actions.ts';
import { action, collectErrors, listed, refuseMembers } from './actions.ts';
import type { CatalogStore } from './catalog-store.ts';
import type { GlueTable, GlueTableInput } from './glue-types.ts';
import type { Input } from './input.ts';
import { checkColumns, checkCount, checkDescribed, violation } from './limits.ts';

/** Makes an Iceberg table's first metadata; answers the table as the catalog keeps it. */
export type CreateIceberg = (input: GlueTableInput) => GlueTableInput;

export const tableActions = (catalog: CatalogStore, createIceberg: CreateIceberg | undefined): Actions => ({
  CreateTable: action((input) => {
    refuseMembers(input, 'CreateTable', createIceberg ? ['PartitionIndexes'] : ['OpenTableFormatInput', 'PartitionIndexes']);
    const database = input.text('DatabaseName');
    const table = tableInput(input);
    if (!createIceberg || !input.has('OpenTableFormatInput')) {
      catalog.createTable(database, table);
      return;
    }
    checkIcebergInput(input.structure('OpenTableFormatInput').structure('IcebergInput'));
    catalog.requireDatabase(database);
    if (catalog.table(database, table.Name)) throw new AwsError('AlreadyExistsException', 'Table already exists.');
    catalog.createTable(database, createIceberg(table));
  }),
  GetTable: action((input) => {
    refuseMembers(input, 'GetTable', ['QueryAsOfTime', 'AttributesToGet']);
    return { Table: catalog.requireTable(input.text('DatabaseName'), input.text('Name')) };
  }),
  GetTables: action((input) => {
    refuseMembers(input, 'GetTables', ['QueryAsOfTime', 'AttributesToGet']);
    const matches = nameFilter(input);
    const { items, nextToken } = listed(input, catalog.tables(input.text('DatabaseName')).filter((table) => matches(table.Name)), 100);
    return { TableList: items, NextToken: nextToken };
  }),
  SearchTables: action((input) => {
    refuseMembers(input, 'SearchTables', ['Filters', 'SortCriteria', 'ResourceShareType']);
    const matches = searchFilter(input.optionalText('SearchText') ?? '');
    const { items, nextToken } = listed(input, catalog.databases().flatMap((database) => catalog.tables(database.Name)).filter(matches), 1000);
    return { TableList: items, NextToken: nextToken };
  }),
  UpdateTable: action((input) => {
    refuseMembers(input, 'UpdateTable', ['UpdateOpenTableFormatInput', 'ViewUpdateAction']);
    catalog.updateTable(input.text('DatabaseName'), tableInput(input), input.optionalText('VersionId'), input.flag('SkipArchive'));
  }),
  DeleteTable: action((input) => catalog.deleteTable(input.text('DatabaseName'), input.text('Name'))),
  BatchDeleteTable: action((input) => {
    const database = input.text('DatabaseName');
    const names = input.texts('TablesToDelete');
    checkCount(names, 100, 'tablesToDelete');
    return { Errors: collectErrors(names, (name) => catalog.deleteTable(database, name), (name) => ({ TableName: name })) };
  }),
});

/** Versions are kept as long as the store keeps them (the newest 20), not without end as in AWS. */
export const tableVersionActions = (catalog: CatalogStore): Actions => ({
  GetTableVersion: action((input) => ({ TableVersion: findVersion(catalog, input) })),
  GetTableVersions: action((input) => {
    const { items, nextToken } = listed(input, catalog.tableVersions(input.text('DatabaseName'), input.text('TableName')), 100);
    return { TableVersions: items.map(asVersion), NextToken: nextToken };
  }),
  DeleteTableVersion: action((input) => catalog.deleteTableVersion(input.text('DatabaseName'), input.text('TableName'), input.text('VersionId'))),
  BatchDeleteTableVersion: action((input) => {
    const [database, table] = [input.text('DatabaseName'), input.text('TableName')];
    const versions = input.texts('VersionIds');
    checkCount(versions, 100, 'versionIds');
    return { Errors: collectErrors(versions, (version) => catalog.deleteTableVersion(database, table, version), (version) => ({ TableName: table, VersionId: version })) };
  }),
});

const checkIcebergInput = (given: Input): void => {
  const operation = given.text('MetadataOperation');
  if (operation !== 'CREATE') throw violation(operation, 'openTableFormatInput.icebergInput.metadataOperation', 'Member must satisfy enum value set: [CREATE]');
  refuseMembers(given, 'CreateTable', ['CreateIcebergTableInput']);
  const version = given.optionalText('Version') ?? '2';
  if (version !== '2') throw new AwsError('NotImplementedException', `glue: Iceberg tables of version ${version} are not supported locally`, { status: 501 });
};

const tableInput = (input: Input): GlueTableInput => {
  const given = input.structure('TableInput');
  checkDescribed(given, 'table');
  checkColumns(given.structure('StorageDescriptor').structures('Columns'), 'table.storageDescriptor.columns');
  checkColumns(given.structures('PartitionKeys'), 'table.partitionKeys');
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
