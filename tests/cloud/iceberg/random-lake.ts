import path from 'node:path';
import type { DirectAthena } from '../../../localcloud/athena/index.ts';
import { openAthena } from '../../../localcloud/athena/index.ts';
import { AthenaCatalog } from '../../../localcloud/athena/catalog.ts';
import { commitMetadata } from '../../../localcloud/athena/iceberg/commit.ts';
import type { CommitSession } from '../../../localcloud/athena/iceberg/commit.ts';
import type { IcebergTable } from '../../../localcloud/athena/iceberg/index.ts';
import { rollbackTo } from '../../../localcloud/athena/iceberg/index.ts';
import { NO_SNAPSHOT, nextMetadata } from '../../../localcloud/athena/iceberg/metadata.ts';
import type { PartitionField } from '../../../localcloud/athena/iceberg/metadata.ts';
import { CatalogStore } from '../../../localcloud/glue/index.ts';
import { FileObjectStore } from '../../../localcloud/s3/index.ts';
import { FileWatch } from './crash-files.ts';
import type { FileEvent } from './crash-files.ts';
import { DAY_MS, LakeReader, afterDeath, leftovers, loadTable, remove, temporaryFolder } from './crash-lake.ts';
import { Model, printRow } from './random-model.ts';
import { statementOf } from './random-actions.ts';
import type { Action, Step } from './random-actions.ts';

class Death extends Error {
  override readonly name = 'Death';
}

const PARTITIONINGS: readonly Omit<PartitionField, 'field-id'>[][] = [
  [],
  [{ 'source-id': 3, name: 'day', transform: 'identity' }],
  [{ 'source-id': 1, name: 'id_bucket', transform: 'bucket[2]' }],
];

/** A table on disk beside the model of it: every step is done to both, by processes that die now and then. */
export class RandomLake {
  readonly reader: LakeReader;
  dataDir = temporaryFolder();
  model = new Model([
    { id: 1, name: 'id', type: 'int' },
    { id: 2, name: 'v', type: 'int' },
    { id: 3, name: 'day', type: 'date' },
  ]);
  deaths = 0;
  private laterMs = 0;
  private athena: DirectAthena;

  private constructor(reader: LakeReader) {
    this.reader = reader;
    new FileObjectStore({ dataDir: this.dataDir }).createBucket('lake');
    this.athena = this.openEngine();
  }

  static async make(reader: LakeReader, partitioned: boolean): Promise<RandomLake> {
    const lake = new RandomLake(reader);
    await lake.athena.execute('CREATE DATABASE db');
    const partitioning = partitioned ? 'PARTITIONED BY (day)' : '';
    await lake.athena.execute(
      `CREATE TABLE db.t (id int, v int, day date) ${partitioning} LOCATION 's3://lake/t' TBLPROPERTIES ('table_type'='ICEBERG', 'optimize_rewrite_data_file_threshold'='2', 'optimize_rewrite_delete_file_threshold'='1')`,
    );
    return lake;
  }

  async remove(): Promise<void> {
    await this.athena.close();
    remove(this.dataDir);
  }

  /** Does a step and compares all there is with the model. */
  async step({ action, dieAt }: Step): Promise<void> {
    const before = this.model.copy();
    const known = this.snapshotIds();
    if (action.kind === 'old vacuum') this.laterMs += 10 * DAY_MS;
    if (action.kind === 'reopen') await this.reopen();
    else if (action.kind === 'rollback') this.rollBack(action.which);
    else if (action.kind === 'repartition') this.repartition(action.to);
    else await this.execute(action, dieAt, before);
    this.noteSnapshot(known);
    await this.compare();
  }

  private openEngine(): DirectAthena {
    const store = new FileObjectStore({ dataDir: this.dataDir });
    return openAthena({ dataDir: this.dataDir, store, clock: () => this.now(), limits: { threads: 1, memoryLimit: '512MB' } });
  }

  private now(): Date {
    return new Date(Date.now() + this.laterMs);
  }

  private async reopen(): Promise<void> {
    await this.athena.close();
    this.athena = this.openEngine();
  }

  private async execute(action: Action, dieAt: number | null, before: Model): Promise<void> {
    const sql = statementOf(action, this.model);
    if (sql === undefined) return;
    if (dieAt === null) await this.athena.execute(sql);
    else if (await this.diesIn(sql, dieAt)) await this.findAfterDeath(before);
  }

  /** Runs a statement in a process that dies before its n-th change of a file; false where the statement has fewer. */
  private async diesIn(sql: string, dieAt: number): Promise<boolean> {
    let [count, dead] = [0, false];
    const before = (event: FileEvent): void => {
      if (!dead && event.kind !== 'query' && (count += 1) > dieAt) {
        dead = true;
        if (dieAt % 2 === 0) event.half?.();
      }
      if (dead) throw new Death();
    };
    const watch = new FileWatch(this.dataDir, { before, after: () => undefined });
    try {
      await this.athena.execute(sql);
    } catch (error) {
      if (!dead) throw error;
    } finally {
      watch.stop();
    }
    return dead;
  }

  /** The next process finds the old state or the new one; the model follows. */
  private async findAfterDeath(before: Model): Promise<void> {
    this.deaths += 1;
    await this.athena.close();
    const found = afterDeath(this.dataDir);
    remove(this.dataDir);
    this.dataDir = found;
    this.athena = this.openEngine();
    const state = await this.printed();
    if (state === stateOf(this.model)) return;
    expect(state).toEqual(stateOf(before));
    this.model = before;
  }

  private session(): CommitSession {
    const clock = (): Date => this.now();
    const files = new FileObjectStore({ dataDir: this.dataDir });
    const catalog = new AthenaCatalog(new CatalogStore(path.join(this.dataDir, 'glue'), clock), files);
    return { files, clock, pointer: catalog.pointer({ database: 'db', table: 't' }) };
  }

  private rollBack(which: number): void {
    const ids = this.snapshotIds();
    const id = ids[which % Math.max(ids.length, 1)];
    if (id === undefined) return;
    rollbackTo(this.session(), id);
    this.model.rows = this.model.snapshots.get(id)?.rows ?? [];
  }

  /** As another engine may do it: Athena has no statement for it. */
  private repartition(to: number): void {
    const session = this.session();
    const table = this.table();
    const { metadata } = table;
    const fields = (PARTITIONINGS[to] ?? []).map((field, index) => ({ ...field, 'field-id': metadata['last-partition-id'] + 1 + index }));
    const specId = Math.max(...metadata['partition-specs'].map((spec) => spec['spec-id'])) + 1;
    const change = { 'default-spec-id': specId, 'partition-specs': [...metadata['partition-specs'], { 'spec-id': specId, fields }], 'last-partition-id': metadata['last-partition-id'] + fields.length };
    commitMetadata(session, table, nextMetadata(metadata, table.metadataLocation, this.now().getTime(), change));
  }

  private table(): IcebergTable {
    return loadTable(this.dataDir);
  }

  private snapshotIds(): bigint[] {
    return this.table().metadata.snapshots.map((snapshot) => snapshot['snapshot-id']);
  }

  /** A step commits one snapshot or none. */
  private noteSnapshot(known: readonly bigint[]): void {
    const added = this.snapshotIds().filter((id) => !known.includes(id));
    expect(added.length).toBeLessThanOrEqual(1);
    for (const id of added) {
      expect(this.table().metadata['current-snapshot-id']).toBe(id);
      this.model.note(id);
    }
  }

  private async compare(): Promise<void> {
    expect(await this.printed()).toEqual(stateOf(this.model));
    const { columns, rows } = await this.athena.execute('SELECT * FROM db.t');
    const printed = rows.map((row) => printRow(columns.map(({ name }, index) => [name, row[index] ?? null] as const)));
    expect(printed.sort()).toEqual(this.model.printed());
    const table = this.table();
    for (const { 'snapshot-id': id } of table.metadata.snapshots) {
      expect(await this.printedAt(table, id)).toEqual(this.model.printedAt(id, id === table.metadata['current-snapshot-id']));
    }
  }

  /** After some days and a VACUUM nothing is left over, and the rows are the same. */
  async finish(): Promise<void> {
    await this.step({ action: { kind: 'insert', ids: [1], v: 1, day: 1 }, dieAt: null });
    await this.step({ action: { kind: 'old vacuum' }, dieAt: null });
    expect(this.snapshotIds()).toHaveLength(1);
    expect(leftovers(this.dataDir)).toEqual([]);
  }

  private async printed(): Promise<string> {
    const table = this.table();
    const current = table.metadata['current-snapshot-id'];
    const rows = current === NO_SNAPSHOT ? [] : await this.printedAt(table, current);
    return [...table.schema.fields.map((field) => `${field.id} ${field.name}`), ...rows].join('\n');
  }

  private async printedAt(table: IcebergTable, id: bigint): Promise<string[]> {
    const rows = await this.reader.rowsAt(table, id);
    return rows.map((row) => printRow(Object.entries(row).map(([name, value]) => [name, value === null ? null : typeof value === 'string' ? value : JSON.stringify(value)] as const))).sort();
  }
}

const stateOf = (model: Model): string => [...model.columns.map(({ id, name }) => `${id} ${name}`), ...model.printed()].join('\n');
