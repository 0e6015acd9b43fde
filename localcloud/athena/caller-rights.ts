import { administrator } from '../core/caller.ts';
import type { Access, Caller } from '../core/caller.ts';
import type { ObjectStore } from '../core/ports.ts';
import { catalogResources } from '../glue/access.ts';
import type { CatalogStore } from '../glue/index.ts';
import { AthenaCatalog } from './catalog.ts';
import { AthenaFailure } from './failure.ts';
import type { FileAccess } from './iceberg/index.ts';
import type { EngineParts } from './statement-run.ts';

/** An object of the store as policies name it. */
const objectOf = (uri: string): string => `arn:aws:s3:::${uri.slice('s3://'.length)}`;

/** How Athena tells of an object it may not read or write; what S3 answered stands behind it. */
const s3Failure = (uri: string, reason: string): AthenaFailure =>
  new AthenaFailure('PERMISSION_DENIED', `Permission denied on S3 path: ${uri} (${reason} (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied))`);

const glueFailure = (reason: string): AthenaFailure =>
  new AthenaFailure('ACCESS_DENIED', `${reason} (Service: AmazonDataCatalog; Status Code: 400; Error Code: AccessDeniedException)`);

/** The objects a statement may touch: those its caller may (https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html). */
const fileAccess = (caller: Caller): FileAccess => {
  const check = (uri: string, access: Access): void => {
    const reason = caller.refusalOf(access);
    if (reason !== undefined) throw s3Failure(uri, reason);
  };
  return {
    read: (uri) => check(uri, { action: 's3:GetObject', resource: objectOf(uri) }),
    write: (uri) => check(uri, { action: 's3:PutObject', resource: objectOf(uri) }),
    mayDelete: (uri) => caller.refusalOf({ action: 's3:DeleteObject', resource: objectOf(uri) }) === undefined,
    list(uri) {
      const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(uri) ?? [];
      check(uri, { action: 's3:ListBucket', resource: `arn:aws:s3:::${bucket}`, keys: { 's3:prefix': prefix } });
    },
  };
};

/** The Glue action behind each use of the catalog, and which of its arguments name database and table. */
const CATALOG_ACTIONS: Readonly<Partial<Record<keyof CatalogStore, [action: string, named: 'catalog' | 'database' | 'table' | 'input']>>> = {
  databases: ['GetDatabases', 'catalog'],
  database: ['GetDatabase', 'database'],
  requireDatabase: ['GetDatabase', 'database'],
  createDatabase: ['CreateDatabase', 'input'],
  updateDatabase: ['UpdateDatabase', 'database'],
  deleteDatabase: ['DeleteDatabase', 'database'],
  tables: ['GetTables', 'database'],
  table: ['GetTable', 'table'],
  requireTable: ['GetTable', 'table'],
  createTable: ['CreateTable', 'input'],
  updateTable: ['UpdateTable', 'input'],
  deleteTable: ['DeleteTable', 'table'],
  partitions: ['GetPartitions', 'table'],
  partition: ['GetPartition', 'table'],
  createPartition: ['BatchCreatePartition', 'table'],
  updatePartition: ['UpdatePartition', 'table'],
  deletePartition: ['BatchDeletePartition', 'table'],
};

const nameOf = (argument: unknown): string => (typeof argument === 'string' ? argument : String((argument as { Name: unknown }).Name)).toLowerCase();

const resourcesOf = (region: string, named: 'catalog' | 'database' | 'table' | 'input', [first, second]: readonly unknown[]): string[] => {
  if (named === 'catalog') return catalogResources(region);
  if (named === 'database' || second === undefined) return catalogResources(region, nameOf(first));
  return catalogResources(region, nameOf(first), nameOf(second));
};

/** The catalog as a caller may use it (https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html). */
const catalogFor = (store: CatalogStore, caller: Caller, region: string): CatalogStore =>
  new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      const asked = CATALOG_ACTIONS[name as keyof CatalogStore];
      if (typeof value !== 'function' || !asked) return value;
      const [action, named] = asked;
      return (...given: unknown[]): unknown => {
        for (const resource of resourcesOf(region, named, given)) {
          const reason = caller.refusalOf({ action: `glue:${action}`, resource });
          if (reason !== undefined) throw glueFailure(reason);
        }
        return Reflect.apply(value, target, given);
      };
    },
  });

const storeFor = (store: ObjectStore, access: FileAccess): ObjectStore & { access: FileAccess } => ({
  put: (bucket, key, body, options) => store.put(bucket, key, body, options),
  get: (bucket, key) => store.get(bucket, key),
  list: (bucket, prefix) => store.list(bucket, prefix),
  delete: (bucket, key) => store.delete(bucket, key),
  bucketExists: (bucket) => store.bucketExists(bucket),
  fileOf: (uri) => store.fileOf(uri),
  uriOf: (file) => store.uriOf(file),
  access,
});

/** The engine's parts as a statement's caller may use them: Athena reads and writes with the rights of who starts a query. */
export const partsFor = (parts: EngineParts, caller: Caller | undefined, region: string): EngineParts => {
  if (caller === undefined || caller === administrator) return parts;
  const store = storeFor(parts.store, fileAccess(caller));
  return { ...parts, store, catalog: new AthenaCatalog(catalogFor(parts.catalog.store, caller, region), store) };
};
