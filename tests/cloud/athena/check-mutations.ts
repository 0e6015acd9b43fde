import fc from 'fast-check';
import { readdirSync } from 'node:fs';
import { startTestCloud } from './support.ts';
import type { TestCloud } from './support.ts';
import { mutatedStatement } from './statement-mutations.ts';

/** What no answer of Athena holds: names of the machine underneath, stack traces, places of this machine. */
const LEAKED = /duckdb|\bread_(?:csv|parquet|json)|Binder Error|Parser Error|Catalog Error|Conversion Error|Invalid Input Error|IO Error|INTERNAL|\n\s+at |node_modules|\/tmp\/|\.ts:|undefined|\[object|TRINO~|HIVE~|⟦/i;

/** `NAME: text`, or one of the texts Athena's DDL has without a name. */
const SHAPED = /^(?:[A-Z][A-Z_]+: |FAILED: |Unsupported table property key: |Table property |Iceberg create table statement |Invalid PARTITIONED BY |At least one column |Table location |Invalid table location|Unable to verify|Invalid value of table property |Unsupported compression codec|Bytes scanned|\w+Exception: )/;

export const prepareMutations = async (): Promise<TestCloud> => {
  const cloud = await startTestCloud();
  await cloud.run('CREATE DATABASE lake');
  await cloud.run(`CREATE TABLE lake.orders (id string, n int) LOCATION 's3://lake/orders/' TBLPROPERTIES ('table_type'='ICEBERG')`);
  await cloud.run(`CREATE EXTERNAL TABLE lake.raw (id string) PARTITIONED BY (dt string) STORED AS PARQUET LOCATION 's3://lake/raw/'`);
  await cloud.run(`INSERT INTO lake.orders VALUES ('a', 1), ('b', 2)`);
  return cloud;
};

/** The tables as a reader finds them: names, columns, snapshots, rows, files. */
const stateOf = async (cloud: TestCloud): Promise<string> => {
  const { store } = cloud;
  const files = readdirSync(store.fileOf('s3://lake/'), { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [`${entry.parentPath}/${entry.name}`] : []));
  const tables = cloud.service.engine.catalog.store.databases().flatMap(({ Name }) => cloud.service.engine.catalog.store.tables(Name).map((table) => `${Name}.${table.Name}@${table.VersionId} ${JSON.stringify(table.StorageDescriptor?.Columns)}`));
  return JSON.stringify([tables, files.sort()]);
};

/**
 * Whatever is done to a statement's words, Athena answers in its own way, and a statement that FAILED has changed nothing.
 * @param runs how many statements
 */
export const checkMutations = async (cloud: TestCloud, parameters: fc.Parameters<[string]>): Promise<void> => {
  await fc.assert(
    fc.asyncProperty(mutatedStatement, async (sql) => {
      const before = await stateOf(cloud);
      const answer = await cloud.outcome(sql).then(
        ({ Status: status }) => (status!.State === 'SUCCEEDED' ? undefined : (status!.StateChangeReason ?? 'no reason')),
        (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
      );
      if (answer === undefined) return;
      // The text of a statement is quoted in some answers.
      if (LEAKED.test(answer.replaceAll(sql, ''))) throw new Error(`${sql}\nleaks: ${answer}`);
      if (!SHAPED.test(answer)) throw new Error(`${sql}\nis answered in no form of Athena's: ${answer}`);
      if ((await stateOf(cloud)) !== before) throw new Error(`${sql}\nfailed (${answer}) and has changed something`);
    }),
    parameters,
  );
};
