import { AwsError } from '../../core/errors.ts';
import type { JsonAction } from '../../core/json-protocol.ts';
import type { CatalogStore, GlueDatabase, GlueTable } from '../../glue/index.ts';
import type { Input } from '../../glue/input.ts';
import type { NamedQueries } from './named-queries.ts';
import type { PreparedStatement, PreparedStatements } from './prepared-statements.ts';
import { athenaAction, listPage } from './query-actions.ts';
import type { WorkGroups } from './work-groups.ts';
import { describeWorkGroup, summarizeWorkGroup } from './work-groups.ts';

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
    const { items, nextToken } = listPage(input, catalog.databases(), 50);
    return { DatabaseList: items.map(describeDatabase), NextToken: nextToken };
  }),
  GetTableMetadata: athenaAction((input) => {
    requireCatalog(input, 'CatalogName');
    return { TableMetadata: describeTable(asMetadata(() => catalog.requireTable(input.text('DatabaseName'), input.text('TableName')))) };
  }),
  ListTableMetadata: athenaAction((input) => {
    requireCatalog(input, 'CatalogName');
    const pattern = new RegExp(input.optionalText('Expression') ?? '');
    const tables = asMetadata(() => catalog.tables(input.text('DatabaseName'))).filter((table) => pattern.test(table.Name));
    const { items, nextToken } = listPage(input, tables, 50);
    return { TableMetadataList: items.map(describeTable), NextToken: nextToken };
  }),
});

const requireCatalog = (input: Input, member: string): void => {
  const name = input.text(member);
  if (name.toLowerCase() !== CATALOG_NAME.toLowerCase()) throw input.refuse(`Data catalog ${name} was not found`);
};

/** Glue's refusal as Athena passes it on. */
const asMetadata = <T>(read: () => T): T => {
  try {
    return read();
  } catch (error) {
    if (error instanceof AwsError) throw new AwsError('MetadataException', `${error.code}: ${error.message}`, { cause: error });
    throw error;
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
  Parameters: { ...table.Parameters, location: table.StorageDescriptor?.Location ?? '' },
});

export const workGroupActions = (groups: WorkGroups): Record<string, JsonAction> => ({
  CreateWorkGroup: athenaAction((input) => groups.create(input)),
  GetWorkGroup: athenaAction((input) => ({ WorkGroup: describeWorkGroup(groups.require(input.text('WorkGroup'))) })),
  UpdateWorkGroup: athenaAction((input) => groups.update(input)),
  DeleteWorkGroup: athenaAction((input) => groups.delete(input.text('WorkGroup'))),
  ListWorkGroups: athenaAction((input) => {
    const { items, nextToken } = listPage(input, groups.list(), 50);
    return { WorkGroups: items.map(summarizeWorkGroup), NextToken: nextToken };
  }),
});

export const namedQueryActions = (queries: NamedQueries): Record<string, JsonAction> => ({
  CreateNamedQuery: athenaAction((input) => ({ NamedQueryId: queries.create(input) })),
  GetNamedQuery: athenaAction((input) => ({ NamedQuery: queries.require(input.text('NamedQueryId')) })),
  BatchGetNamedQuery: athenaAction((input) => {
    const ids = input.texts('NamedQueryIds');
    return {
      NamedQueries: ids.flatMap((id) => queries.get(id) ?? []),
      UnprocessedNamedQueryIds: ids.filter((id) => !queries.get(id)).map((id) => ({ NamedQueryId: id, ErrorCode: 'INVALID_INPUT', ErrorMessage: `NamedQuery ${id} was not found` })),
    };
  }),
  ListNamedQueries: athenaAction((input) => {
    const { items, nextToken } = listPage(input, queries.list(input.optionalText('WorkGroup') ?? 'primary'), 50);
    return { NamedQueryIds: items.map((query) => query.NamedQueryId), NextToken: nextToken };
  }),
  UpdateNamedQuery: athenaAction((input) => queries.update(input)),
  DeleteNamedQuery: athenaAction((input) => queries.delete(input.text('NamedQueryId'))),
});

export const preparedStatementActions = (prepared: PreparedStatements, groups: WorkGroups, now: () => number): Record<string, JsonAction> => {
  const find = (input: Input): PreparedStatement => {
    const name = input.text('StatementName');
    const found = prepared.get(groups.require(input.text('WorkGroup')).name, name);
    if (!found) throw new AwsError('ResourceNotFoundException', `PreparedStatement ${name} was not found in workGroup ${input.text('WorkGroup')}`);
    return found;
  };
  const put = (input: Input): void => {
    prepared.put(groups.require(input.text('WorkGroup')).name, {
      name: input.text('StatementName'),
      query: input.text('QueryStatement'),
      description: input.optionalText('Description'),
      lastModified: now() / 1000,
    });
  };
  return {
    CreatePreparedStatement: athenaAction((input) => {
      if (prepared.get(input.text('WorkGroup'), input.text('StatementName'))) throw input.refuse(`Prepared statement ${input.text('StatementName')} already exists`);
      put(input);
    }),
    UpdatePreparedStatement: athenaAction((input) => {
      find(input);
      put(input);
    }),
    GetPreparedStatement: athenaAction((input) => {
      const { name, query, description, lastModified } = find(input);
      return { PreparedStatement: { StatementName: name, QueryStatement: query, WorkGroupName: input.text('WorkGroup'), Description: description, LastModifiedTime: lastModified } };
    }),
    ListPreparedStatements: athenaAction((input) => {
      const { items, nextToken } = listPage(input, prepared.list(groups.require(input.text('WorkGroup')).name), 50);
      return { PreparedStatements: items.map(({ name, lastModified }) => ({ StatementName: name, LastModifiedTime: lastModified })), NextToken: nextToken };
    }),
    DeletePreparedStatement: athenaAction((input) => {
      const { name } = find(input);
      prepared.delete(input.text('WorkGroup'), name);
    }),
  };
};
