import { ConcurrentModificationException, GetTableCommand, UpdateTableCommand } from '@aws-sdk/client-glue';
import type { GlueClient, Table } from '@aws-sdk/client-glue';
import { randomUUID } from 'node:crypto';
import type { Objects } from '../aws/index.ts';
import { currentSnapshotOf, hasSnapshot, parseTableMetadata, printTableMetadata, rolledBack, type TableMetadata } from './table-metadata.ts';
import { databaseNames, qualified, RUN_TABLES, type Snapshots, type TableName } from './tables.ts';

/** The snapshots of the lake's tables: to read them, and to go back to older ones. */
export interface TableSnapshots {
  /** Of every table of a run, by `silver.events`. */
  current(): Promise<Snapshots>;
  /**
   * Moves each of the given tables that is not at its snapshot back to it; answers the tables that were moved. `guard` throws where the
   * caller may not do so any longer. It is asked between the look at a table and the move, which happens only where nobody has
   * written the table since that look: who was overtaken at any point moves nothing.
   * @throws SnapshotExpiredError where a table no longer has its snapshot; then none is moved
   */
  restore(snapshots: Snapshots, guard: () => Promise<void>): Promise<string[]>;
  /** Gives every table a new version and leaves it as it is: who has read one before can no longer move it, not even one that stands right. */
  fence(): Promise<void>;
}

/** Maintenance has expired a snapshot that a table should go back to. */
export class SnapshotExpiredError extends Error {
  override readonly name = 'SnapshotExpiredError';
}

export interface TableSnapshotsOptions {
  glue: GlueClient;
  /** The lake bucket: metadata files lie in it. */
  objects: Objects;
  databasePrefix: string;
}

interface LoadedTable {
  table: Table;
  location: string;
  metadata: TableMetadata;
}

const RESTORE_ATTEMPTS = 5;

const keyOf = (bucket: string, uri: string): string => {
  const prefix = `s3://${bucket}/`;
  if (!uri.startsWith(prefix)) throw new Error(`table metadata outside the lake bucket: ${uri}`);
  return uri.slice(prefix.length);
};

const load = async ({ glue, objects, databasePrefix }: TableSnapshotsOptions, name: TableName): Promise<LoadedTable> => {
  const { Table: table } = await glue.send(new GetTableCommand({ DatabaseName: databaseNames(databasePrefix)[name.database], Name: name.name }));
  const location = table?.Parameters?.['metadata_location'];
  if (!table || location === undefined) throw new Error(`${qualified(name)} is not an Iceberg table`);
  const bytes = await objects.get(keyOf(objects.bucket, location));
  if (!bytes) throw new Error(`${qualified(name)}: its metadata ${location} is missing`);
  return { table, location, metadata: parseTableMetadata(Buffer.from(bytes).toString('utf8')) };
};

/** `…/metadata/00012-<uuid>.metadata.json` after `…/metadata/00011-….metadata.json` */
const nextLocation = (location: string): string => {
  const [, folder = '', version = '0'] = /^(.*\/)(\d+)-[^/]*$/.exec(location) ?? [];
  if (folder === '') throw new Error(`unexpected name of a metadata file: ${location}`);
  return `${folder}${String(Number(version) + 1).padStart(5, '0')}-${randomUUID()}.metadata.json`;
};

/** The Glue table written anew, guarded by its version: https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html */
const updateTable = async (glue: GlueClient, table: Table, changed: Record<string, string>): Promise<void> => {
  await glue.send(
    new UpdateTableCommand({
      DatabaseName: table.DatabaseName,
      SkipArchive: true,
      VersionId: table.VersionId,
      TableInput: {
        Name: table.Name,
        ...(table.Description === undefined ? {} : { Description: table.Description }),
        ...(table.Owner === undefined ? {} : { Owner: table.Owner }),
        StorageDescriptor: table.StorageDescriptor,
        PartitionKeys: table.PartitionKeys ?? [],
        ...(table.TableType === undefined ? {} : { TableType: table.TableType }),
        Parameters: { ...table.Parameters, ...changed },
      },
    }),
  );
};

interface Restoration {
  name: TableName;
  target: string | null;
  /** The table as it was found. */
  found: LoadedTable;
}

/** @returns whether the table had to be moved. @throws ConcurrentModificationException where others keep committing to it. */
const restoreTable = async (options: TableSnapshotsOptions, { name, target, found }: Restoration, guard: () => Promise<void>): Promise<boolean> => {
  for (let attempt = 1; ; attempt++) {
    const loaded = attempt === 1 ? found : await load(options, name);
    if (currentSnapshotOf(loaded.metadata) === target) return attempt > 1;
    await guard();
    const next = nextLocation(loaded.location);
    await options.objects.put(keyOf(options.objects.bucket, next), printTableMetadata(rolledBack(loaded.metadata, loaded.location, target)), { contentType: 'application/json' });
    try {
      await updateTable(options.glue, loaded.table, { metadata_location: next, previous_metadata_location: loaded.location });
      return true;
    } catch (error) {
      // The new metadata stays: where only the answer of the first try was lost, the table stands on it.
      if (!(error instanceof ConcurrentModificationException) || attempt === RESTORE_ATTEMPTS) throw error;
    }
  }
};

const find = async (options: TableSnapshotsOptions, table: string): Promise<Pick<Restoration, 'name' | 'found'>> => {
  const name = RUN_TABLES.find((known) => qualified(known) === table);
  if (!name) throw new Error(`${table} is not a table of runs`);
  return { name, found: await load(options, name) };
};

const fenceTable = async (options: TableSnapshotsOptions, name: TableName): Promise<void> => {
  const { table } = await load(options, name);
  try {
    await updateTable(options.glue, table, {});
  } catch (error) {
    if (!(error instanceof ConcurrentModificationException)) throw error; // it has a new version already
  }
};

export const createTableSnapshots = (options: TableSnapshotsOptions): TableSnapshots => ({
  async current() {
    const entries = await Promise.all(RUN_TABLES.map(async (name) => [qualified(name), currentSnapshotOf((await load(options, name)).metadata)] as const));
    return Object.fromEntries(entries);
  },
  async restore(snapshots, guard) {
    const restorations = await Promise.all(Object.entries(snapshots).map(async ([table, target]) => ({ target, ...(await find(options, table)) })));
    for (const { name, target, found } of restorations) {
      if (!hasSnapshot(found.metadata, target)) throw new SnapshotExpiredError(`${qualified(name)} no longer has the snapshot ${target ?? ''}: nothing was moved`);
    }
    const moved: string[] = [];
    for (const restoration of restorations) if (await restoreTable(options, restoration, guard)) moved.push(qualified(restoration.name));
    return moved;
  },
  async fence() {
    for (const name of RUN_TABLES) await fenceTable(options, name);
  },
});
