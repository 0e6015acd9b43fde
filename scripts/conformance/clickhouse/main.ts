import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { DirectAthena } from '../../../localcloud/athena/index.ts';
import { openAthena } from '../../../localcloud/athena/index.ts';
import { IcebergTable } from '../../../localcloud/athena/iceberg/index.ts';
import { CatalogStore } from '../../../localcloud/glue/index.ts';
import { FileObjectStore } from '../../../localcloud/s3/index.ts';
import { LineProcess } from '../../../tests/cloud/iceberg/readers-process.ts';
import { CREATE, READER_STATEMENTS, ROWS, TABLE, rowText } from '../../../tests/cloud/iceberg/readers-statements.ts';
import { Unavailable, pythonWithChdb } from './install.ts';

/*
 * ClickHouse reads a table as the embedded Athena leaves it, after every kind of statement, and each of its snapshots: the rows
 * must be the same. Differences that are ClickHouse's own: it has no NULL for arrays, an empty one stands for both.
 */

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

/** The columns of ROWS in ClickHouse's words. */
const columnsFor = (names: ReadonlySet<string>): string =>
  [
    ['id', 'toString(id)'],
    ['name', 'name'],
    ['amount', 'toDecimalString(amount, 2)'],
    ['day', 'toString(day)'],
    ['at', "formatDateTime(at, '%Y-%m-%d %H:%i:%S')"],
    ['tags', "arrayStringConcat(arrayMap(tag -> ifNull(tag, 'NULL'), tags), ',')"],
  ]
    .flatMap(([name = '', expression = '']) => (names.has(name) ? [expression] : []))
    .join(', ');

class Comparison {
  compared = 0;
  different = 0;
  private readonly dataDir: string;
  private readonly athena: DirectAthena;
  private readonly clickHouse: LineProcess;

  constructor(dataDir: string, athena: DirectAthena, clickHouse: LineProcess) {
    this.dataDir = dataDir;
    this.athena = athena;
    this.clickHouse = clickHouse;
  }

  /** The present rows, and those of every snapshot. */
  async compare(title: string): Promise<void> {
    const table = this.table();
    await this.compareRows(title, table, '', '');
    for (const { 'snapshot-id': id } of table.metadata.snapshots) {
      // Each in the columns of its time: ClickHouse and Athena both read a snapshot by its own schema.
      await this.compareRows(`${title}, snapshot ${id}`, table, `, iceberg_snapshot_id = ${id}`, ` FOR VERSION AS OF ${id}`);
    }
  }

  private table(): IcebergTable {
    const location = new CatalogStore(path.join(this.dataDir, 'glue'), () => new Date()).requireTable('db', 't').Parameters?.['metadata_location'];
    return IcebergTable.load(new FileObjectStore({ dataDir: this.dataDir }), location ?? '');
  }

  private async compareRows(title: string, table: IcebergTable, setting: string, version: string): Promise<void> {
    const names = new Set(table.schema.fields.map((field) => field.name));
    const metadataFile = table.metadataLocation.slice(table.location.length + 1);
    // In a subquery the settings reach the table function; of the outer query they would be unknown.
    const sql = `SELECT * FROM (SELECT ${columnsFor(names)} FROM icebergLocal('${table.files.fileOf(table.location)}') SETTINGS iceberg_metadata_file_path = '${metadataFile}'${setting})`;
    const ours = (await this.athena.execute(ROWS + version)).rows.map((row) => rowText(row.map((value, index) => (index === 5 ? (value ?? '') : value)))).sort();
    const answer = (await this.clickHouse.ask({ sql })) as (string | null)[][] | { error: string };
    const theirs = Array.isArray(answer) ? answer.map(rowText).sort() : [answer.error];
    this.compared += 1;
    if (JSON.stringify(ours) === JSON.stringify(theirs)) return;
    this.different += 1;
    say(`  after ${title}`);
    for (const row of ours.filter((line) => !theirs.includes(line))) say(`    Athena:     ${row}`);
    for (const row of theirs.filter((line) => !ours.includes(line))) say(`    ClickHouse: ${row}`);
  }
}

const compareAll = async (dataDir: string, clickHouse: LineProcess): Promise<number> => {
  const store = new FileObjectStore({ dataDir });
  store.createBucket('lake');
  let laterMs = 0;
  const athena = openAthena({ dataDir, store, clock: () => new Date(Date.now() + laterMs) });
  try {
    await athena.execute('CREATE DATABASE db');
    await athena.execute(CREATE);
    const comparison = new Comparison(dataDir, athena, clickHouse);
    for (const { kind, sql, laterMs: more = 0 } of READER_STATEMENTS) {
      laterMs += more;
      await athena.execute(sql);
      await comparison.compare(kind);
    }
    say(`${TABLE}: ${READER_STATEMENTS.length} statements, ${comparison.compared} states and snapshots read by ClickHouse, ${comparison.different} different`);
    return comparison.different;
  } finally {
    await athena.close();
  }
};

/** Exit code 0: all equal; 1: something differs or failed; 3: what it compares with is not there, nothing was compared. */
const main = async (): Promise<number> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'floe-clickhouse-'));
  try {
    say('Preparing ClickHouse (the first time pip fetches about 300 MB) …');
    const python = await pythonWithChdb();
    // It reads no files outside the directory it works in.
    const clickHouse = new LineProcess(python, [path.join(process.cwd(), 'scripts', 'conformance', 'clickhouse', 'query.py')], folder);
    try {
      return (await compareAll(folder, clickHouse)) > 0 ? 1 : 0;
    } finally {
      await clickHouse.close();
    }
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    say(`Skipped, nothing was compared: ${error.message}.`);
    return 3;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

process.exitCode = await main();
