import { randomUUID } from 'node:crypto';
import { AwsError } from '../../core/errors.ts';
import type { JsonAction } from '../../core/json-protocol.ts';
import type { CatalogStore, GlueDatabase, GlueTable } from '../../glue/index.ts';
import type { Input } from '../../glue/input.ts';
import { athenaAction, listPage } from './query-actions.ts';

const CATALOG_NAME = 'AwsDataCatalog';

/** Databases and tables as Athena's own API tells of them. */
export const metadataActions = (catalog: CatalogStore): Record<string, JsonAction> => ({
  GetDataCatalog: athenaAction((input) => {
    requireCatalog(input, 'Name');
    return { DataCatalog: { Name: CATALOG_NAME, Type: 'GLUE', Description: 'AWS Glue Data Catalog', Parameters: {} } };
  }),
  ListDataCatalogs: athenaAction(() => ({ DataCatalogsSummary: [{ CatalogName: CATALOG_NAME, Type: 'GLUE' }] })),
  GetDatabase: athenaAction((input) => {
    requireCatalog(input, 'CatalogName');
    return { Database: describeDatabase(asMetadata(() => catalog.requireDatabase(input.text('DatabaseName')))) };
  }),
  ListDatabases: athenaAction((input) => {
    requireCatalog(input, 'CatalogName');
    const { items, nextToken } = listPage(input, catalog.databases());
    return { DatabaseList: items.map(describeDatabase), NextToken: nextToken };
  }),
  GetTableMetadata: athenaAction((input) => {
    requireCatalog(input, 'CatalogName');
    return { TableMetadata: describeTable(asMetadata(() => catalog.requireTable(input.text('DatabaseName'), input.text('TableName')))) };
  }),
  ListTableMetadata: athenaAction((input) => {
    requireCatalog(input, 'CatalogName');
    const matches = tableFilter(input);
    const tables = asMetadata(() => catalog.tables(input.text('DatabaseName'))).filter((table) => matches(table.Name));
    const { items, nextToken } = listPage(input, tables);
    return { TableMetadataList: items.map(describeTable), NextToken: nextToken };
  }),
});

const requireCatalog = (input: Input, member: string): void => {
  const name = input.text(member);
  if (name.toLowerCase() !== CATALOG_NAME.toLowerCase()) throw input.refuse(`Data catalog ${name} was not found`);
};

const tableFilter = (input: Input): ((name: string) => boolean) => {
  const expression = input.optionalText('Expression') ?? '';
  try {
    const pattern = new RegExp(expression, 'i');
    return (name) => pattern.test(name);
  } catch {
    throw input.refuse(`Invalid expression: ${expression}`); // AWS's text is not known
  }
};

/** Glue's refusal as Athena passes it on, in the AWS SDK's words for it. */
const asMetadata = <T>(read: () => T): T => {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const origin = `Service: AmazonDataCatalog; Status Code: ${error.status}; Error Code: ${error.code}; Request ID: ${randomUUID()}; Proxy: null`;
    throw new AwsError('MetadataException', `${error.message} (${origin})`, { cause: error });
  }
};

const describeDatabase = (database: GlueDatabase): unknown => ({ Name: database.Name, Description: database.Description, Parameters: database.Parameters ?? {} });

const describeTable = (table: GlueTable): unknown => ({
  Name: table.Name,
  CreateTime: table.CreateTime,
  LastAccessTime: table.UpdateTime,
  TableType: table.TableType,
  Columns: (table.StorageDescriptor?.Columns ?? []).map(({ Name, Type, Comment }) => ({ Name, Type, Comment })),
  PartitionKeys: (table.PartitionKeys ?? []).map(({ Name, Type, Comment }) => ({ Name, Type, Comment })),
  Parameters: { ...storageParameters(table), ...table.Parameters },
});

/** What Athena tells of a table's storage among its parameters. */
const storageParameters = ({ StorageDescriptor: storage }: GlueTable): Record<string, string> => {
  const told: Record<string, string | undefined> = {
    inputformat: storage?.InputFormat,
    location: storage?.Location ?? '',
    outputformat: storage?.OutputFormat,
    'serde.serialization.lib': storage?.SerdeInfo?.SerializationLibrary,
    ...Object.fromEntries(Object.entries(storage?.SerdeInfo?.Parameters ?? {}).map(([key, value]) => [`serde.param.${key}`, value])),
  };
  return Object.fromEntries(Object.entries(told).filter((entry): entry is [string, string] => entry[1] !== undefined));
};
