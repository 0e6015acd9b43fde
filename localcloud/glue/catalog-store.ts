import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { createHash, randomUUID } from 'node:crypto';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { AwsError } from '../core/errors.ts';
import { createFile, createFileInFolder, makeFolder, readJson, replaceFile, syncFolder } from '../core/files.ts';
import type { Clock } from '../core/service.ts';
import { ACCOUNT_ID } from '../core/service.ts';
import type { GlueDatabase, GlueDatabaseInput, GluePartition, GluePartitionInput, GlueTable, GlueTableInput } from './glue-types.ts';

/** Version files kept per table. More than one, so that a writer that lost a race by several commits still finds its number taken. */
const VERSIONS_KEPT = 20;
const DATABASE_FILE = '.database.json';
const TAGS_FILE = '.tags.json';
/** File systems take 255 bytes; a temporary name is longer than the file's. */
const LONGEST_NAME = 180;

/**
 * A version as it lies on disk. `unarchived`: the version before it was not to be kept as history (SkipArchive). `deleted`: gone from
 * the history by DeleteTableVersion; the file stays, as its number is taken and says what is archived before it.
 */
interface StoredVersion {
  table: GlueTable;
  unarchived: boolean;
  deleted?: true;
}

/**
 * The catalog on disk: `<folder>/<database>/<table>/<version>.json`, one file per table version, created exclusively:
 * of two writers that saw the same version, in this process or another, one wins.
 */
export class CatalogStore {
  private readonly folder: string;
  private readonly clock: Clock;

  constructor(folder: string, clock: Clock) {
    this.folder = folder;
    this.clock = clock;
  }

  databases(): GlueDatabase[] {
    return foldersIn(this.folder).flatMap((name) => this.database(decodeURIComponent(name)) ?? []);
  }

  database(name: string): GlueDatabase | undefined {
    return readJson<GlueDatabase>(path.join(this.databaseFolder(name), DATABASE_FILE));
  }

  requireDatabase(name: string): GlueDatabase {
    const database = this.database(name);
    if (!database) throw new AwsError('EntityNotFoundException', `Database ${name.toLowerCase()} not found.`);
    return database;
  }

  createDatabase(input: GlueDatabaseInput): void {
    const database: GlueDatabase = { ...input, Name: input.Name.toLowerCase(), CatalogId: ACCOUNT_ID, CreateTime: this.now() };
    if (!createFile(path.join(this.databaseFolder(input.Name), DATABASE_FILE), JSON.stringify(database))) {
      throw new AwsError('AlreadyExistsException', 'Database already exists.');
    }
  }

  updateDatabase(name: string, input: GlueDatabaseInput): void {
    const { CreateTime } = this.requireDatabase(name);
    const database: GlueDatabase = { ...input, Name: name.toLowerCase(), CatalogId: ACCOUNT_ID, CreateTime };
    replaceFile(path.join(this.databaseFolder(name), DATABASE_FILE), JSON.stringify(database));
  }

  /** Deletes the database and, as Glue does, its tables. */
  deleteDatabase(name: string): void {
    this.requireDatabase(name);
    if (!removeFolder(this.databaseFolder(name))) this.requireDatabase(name);
  }

  /** The tags of a database, which go with it. */
  tags(name: string): Record<string, string> {
    return readJson<Record<string, string>>(path.join(this.databaseFolder(name), TAGS_FILE)) ?? {};
  }

  setTags(name: string, tags: Record<string, string>): void {
    replaceFile(path.join(this.databaseFolder(name), TAGS_FILE), JSON.stringify(tags));
  }

  tables(database: string): GlueTable[] {
    this.requireDatabase(database);
    return foldersIn(this.databaseFolder(database)).flatMap((name) => this.table(database, decodeURIComponent(name)) ?? []);
  }

  table(database: string, name: string): GlueTable | undefined {
    // Another process may prune the file between listing and reading: then there is a newer one.
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const newest = this.versions(database, name)[0];
      if (newest === undefined) return undefined;
      const stored = this.stored(database, name, newest);
      if (stored) return stored.table;
    }
    return undefined;
  }

  requireTable(database: string, name: string): GlueTable {
    this.requireDatabase(database);
    const table = this.table(database, name);
    if (!table) throw new AwsError('EntityNotFoundException', 'Entity Not Found');
    return table;
  }

  /** The table appears with the partitions given, all at once. */
  createTable(database: string, input: GlueTableInput, partitions: readonly GluePartitionInput[] = []): GlueTable {
    this.requireDatabase(database);
    if (this.table(database, input.Name)) throw new AwsError('AlreadyExistsException', 'Table already exists.');
    const table = this.describe(database, input, 0, this.now());
    makeFolder(this.tableFolder(database, input.Name));
    // Without a version there is no table: these are of one that was never made, its process died.
    rmSync(this.partitionFolder(database, input.Name), { recursive: true, force: true });
    for (const partition of partitions) this.writePartition(table, partition);
    if (!this.write(table, false, () => true)) throw new AwsError('AlreadyExistsException', 'Table already exists.');
    return table;
  }

  /**
   * Writes the next version.
   * @param expectedVersion the version the change is based on; undefined = whatever is current (the last writer wins).
   * @throws AwsError ConcurrentModificationException where `expectedVersion` is no longer current.
   */
  updateTable(database: string, input: GlueTableInput, expectedVersion: string | undefined, skipArchive = false): GlueTable {
    for (;;) {
      const current = this.requireTable(database, input.Name);
      if (expectedVersion !== undefined && current.VersionId !== expectedVersion) throw concurrent();
      const next = this.describe(database, input, Number(current.VersionId) + 1, current.CreateTime);
      // A table dropped by another process, and perhaps made anew under its name, must not get the old one's next version.
      const isStillCurrent = (): boolean => isDeepStrictEqual(this.table(database, input.Name), current);
      if (this.write(next, skipArchive, isStillCurrent)) {
        this.prune(database, input.Name);
        return next;
      }
      if (expectedVersion !== undefined) throw concurrent();
    }
  }

  deleteTable(database: string, name: string): void {
    this.requireTable(database, name);
    if (!removeFolder(this.tableFolder(database, name))) this.requireTable(database, name);
  }

  /** Archived versions, newest first, the current one among them. */
  tableVersions(database: string, name: string): GlueTable[] {
    this.requireTable(database, name);
    const versions: GlueTable[] = [];
    let hidden = false;
    for (const number of this.versions(database, name)) {
      const stored = this.stored(database, name, number);
      if (!stored) continue;
      if (!hidden && !stored.deleted) versions.push(stored.table);
      hidden = stored.unarchived;
    }
    return versions;
  }

  /** @throws AwsError EntityNotFoundException; InvalidInputException for the version the table has now (how AWS says that is not documented) */
  deleteTableVersion(database: string, name: string, version: string): void {
    const found = this.tableVersions(database, name).some((table) => table.VersionId === version);
    const stored = found ? this.stored(database, name, Number(version)) : undefined;
    if (!stored) throw new AwsError('EntityNotFoundException', `Table version ${version} not found.`);
    if (this.requireTable(database, name).VersionId === version) throw new AwsError('InvalidInputException', `Version ${version} is the current version of the table.`);
    const deleted: StoredVersion = { ...stored, deleted: true };
    replaceFile(path.join(this.tableFolder(database, name), `${version}.json`), JSON.stringify(deleted));
  }

  partitions(database: string, table: string): GluePartition[] {
    this.requireTable(database, table);
    const folder = this.partitionFolder(database, table);
    return filesIn(folder).flatMap((name) => (name.endsWith('.tmp') ? [] : (readJson<GluePartition>(path.join(folder, name)) ?? [])));
  }

  partition(database: string, table: string, values: readonly string[]): GluePartition | undefined {
    return readJson<GluePartition>(this.partitionFile(database, table, values));
  }

  createPartition(database: string, table: string, input: GluePartitionInput): void {
    if (!this.writePartition(this.requireTable(database, table), input)) throw new AwsError('AlreadyExistsException', 'Partition already exists.');
  }

  /** False where the partition is there already. */
  private writePartition(table: GlueTable, input: GluePartitionInput): boolean {
    if ((table.PartitionKeys ?? []).length !== input.Values.length) {
      throw new AwsError('InvalidInputException', 'The number of partition keys do not match the number of partition values');
    }
    const partition: GluePartition = { ...input, DatabaseName: table.DatabaseName, TableName: table.Name, CatalogId: ACCOUNT_ID, CreationTime: this.now() };
    return createFile(this.partitionFile(table.DatabaseName, table.Name, input.Values), JSON.stringify(partition));
  }

  /** The partition keeps its values and the time it was made. */
  updatePartition(database: string, table: string, values: readonly string[], input: GluePartitionInput): void {
    this.requireTable(database, table);
    const present = this.partition(database, table, values);
    if (!present) throw new AwsError('EntityNotFoundException', 'Partition not found.');
    const { DatabaseName, TableName, CatalogId, CreationTime } = present;
    const partition: GluePartition = { ...input, Values: present.Values, DatabaseName, TableName, CatalogId, CreationTime };
    replaceFile(this.partitionFile(database, table, values), JSON.stringify(partition));
  }

  deletePartition(database: string, table: string, values: readonly string[]): void {
    if (!this.partition(database, table, values)) throw new AwsError('EntityNotFoundException', 'Partition not found.');
    const file = this.partitionFile(database, table, values);
    rmSync(file, { force: true });
    syncFolder(path.dirname(file));
  }

  private describe(database: string, input: GlueTableInput, version: number, createTime: number): GlueTable {
    return {
      ...input,
      Name: input.Name.toLowerCase(),
      DatabaseName: database.toLowerCase(),
      CatalogId: ACCOUNT_ID,
      CreateTime: createTime,
      UpdateTime: this.now(),
      CreatedBy: `arn:aws:iam::${ACCOUNT_ID}:root`,
      IsRegisteredWithLakeFormation: false,
      VersionId: String(version),
    };
  }

  /** False where the version is there already, or the table's folder no longer is. */
  private write(table: GlueTable, unarchived: boolean, isStillCurrent: () => boolean): boolean {
    const stored: StoredVersion = { table, unarchived };
    const folder = this.tableFolder(table.DatabaseName, table.Name);
    try {
      return createFileInFolder(path.join(folder, `${table.VersionId}.json`), JSON.stringify(stored), isStillCurrent);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  /** Removes versions of long ago, and what writers that died left of versions that others have made since. */
  private prune(database: string, name: string): void {
    const folder = this.tableFolder(database, name);
    const versions = this.versions(database, name);
    const newest = versions[0] ?? 0;
    const unfinished = filesIn(folder).filter((file) => Number(/^\.(\d+)\.json\..*\.tmp$/.exec(file)?.[1] ?? Infinity) <= newest);
    const old = versions.slice(VERSIONS_KEPT).map((number) => `${number}.json`);
    for (const file of [...unfinished, ...old]) rmSync(path.join(folder, file), { force: true });
  }

  private stored(database: string, name: string, version: number): StoredVersion | undefined {
    return readJson<StoredVersion>(path.join(this.tableFolder(database, name), `${version}.json`));
  }

  /** Version numbers on disk, newest first. */
  private versions(database: string, name: string): number[] {
    return filesIn(this.tableFolder(database, name))
      .flatMap((file) => (/^\d+\.json$/.test(file) ? [Number.parseInt(file, 10)] : []))
      .sort((a, b) => b - a);
  }

  private databaseFolder(name: string): string {
    return path.join(this.folder, folderName(name));
  }

  private tableFolder(database: string, name: string): string {
    return path.join(this.databaseFolder(database), folderName(name));
  }

  private partitionFolder(database: string, table: string): string {
    return path.join(this.tableFolder(database, table), 'partitions');
  }

  private partitionFile(database: string, table: string, values: readonly string[]): string {
    const name = values.map(percentEncoded).join(',');
    const short = name.length <= LONGEST_NAME ? name : `${name.slice(0, 80)}-${createHash('sha256').update(name).digest('hex')}`;
    return path.join(this.partitionFolder(database, table), `${short}.json`);
  }

  private now(): number {
    return this.clock().getTime() / 1000;
  }
}

const concurrent = (): AwsError => new AwsError('ConcurrentModificationException', 'Update table failed due to concurrent modifications.');

/** Half a surrogate pair, which JSON can carry and no file can, becomes U+FFFD, as it does in the file's content. */
const percentEncoded = (text: string): string => encodeURIComponent(Buffer.from(text).toString());

/** A name as a folder: lower case as in Glue, and never one that leaves the catalog's folder. */
const folderName = (name: string): string => percentEncoded(name.toLowerCase()).replace(/^\.+/, (dots) => dots.replaceAll('.', '%2E'));

const filesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);

const foldersIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
        .map((entry) => entry.name)
        .sort()
    : [];

const DELETED = '.deleted-';

/**
 * First out of sight in one step, durably, then away: a crash in between leaves rubbish, never half a table; the next removal
 * beside it takes that along. False where another process was faster.
 */
const removeFolder = (folder: string): boolean => {
  const parent = path.dirname(folder);
  try {
    renameSync(folder, path.join(parent, `${DELETED}${randomUUID()}`));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  syncFolder(parent);
  for (const name of filesIn(parent)) if (name.startsWith(DELETED)) rmSync(path.join(parent, name), { recursive: true, force: true });
  return true;
};
