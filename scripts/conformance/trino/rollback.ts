import { randomUUID } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseTableMetadata, printTableMetadata, rolledBack } from '../../../src/lib/lake/table-metadata.ts';
import type { RunOnTrino } from './trino-client.ts';

/** A table gone back to a snapshot, and what Trino must find in it. */
interface Case {
  name: string;
  /** Which of the writes it goes back to; null: to before its first snapshot. */
  after: number | null;
  rows: string;
  /** Its rows once a MERGE has updated k = 1 or inserted it, and inserted k = 9. */
  merged: string;
}

const CASES: readonly Case[] = [
  { name: 'to its first rows', after: 0, rows: '1 a, 2 b', merged: '1 new, 2 b, 9 new' },
  { name: 'to one with position deletes', after: 1, rows: '1 updated, 2 b', merged: '1 new, 2 b, 9 new' },
  { name: 'to before its first snapshot', after: null, rows: '', merged: '1 new, 9 new' },
];
const NEWEST = '1 updated, 2 b, 3 d';

const WRITES = [
  "INSERT INTO silver.forward VALUES (1, 'a'), (2, 'b')",
  "UPDATE silver.forward SET v = 'updated' WHERE k = 1",
  "INSERT INTO silver.forward VALUES (3, 'd')",
];

/**
 * Is the metadata that a rollback writes (src/lib/lake/table-metadata.ts) one that Iceberg's own library reads, and commits to? A table is
 * written by Trino, its metadata moved back by floe, and Trino goes on with it.
 * @returns what differs, in words
 */
export const compareRollback = async (run: RunOnTrino): Promise<string[]> => {
  const rowsOf = async (table: string): Promise<string> => (await run(`SELECT k, v FROM ${table} ORDER BY k`)).rows.map((row) => row.join(' ')).join(', ');
  await run("CREATE TABLE silver.forward (k integer, v varchar) WITH (partitioning = ARRAY['k'])");
  const snapshots: string[] = [];
  for (const sql of WRITES) {
    await run(sql);
    snapshots.push(String((await run('SELECT CAST(snapshot_id AS varchar) FROM silver."forward$history" ORDER BY made_current_at DESC LIMIT 1')).rows[0]?.[0]));
  }
  const location = /location = '([^']+)'/.exec(String((await run('SHOW CREATE TABLE silver.forward')).rows[0]?.[0]))?.[1] ?? '';
  const folder = path.join(fileURLToPath(location), 'metadata');
  const newest = (await readdir(folder)).filter((name) => name.endsWith('.metadata.json')).sort().at(-1) ?? '';
  const metadata = parseTableMetadata(await readFile(path.join(folder, newest), 'utf8'));
  const differences: string[] = [];
  const expect = (what: string, expected: string, found: string): void => {
    if (found !== expected) differences.push(`${what}: expected ${expected || 'nothing'}, found ${found || 'nothing'}`);
  };
  for (const [number, { name, after, rows, merged }] of CASES.entries()) {
    const table = `silver.back_${number}`;
    const file = `00100-${randomUUID()}.metadata.json`;
    await writeFile(path.join(folder, file), printTableMetadata(rolledBack(metadata, `${location}/metadata/${newest}`, after === null ? null : (snapshots[after] ?? ''))));
    await run(`CALL lake.system.register_table('silver', 'back_${number}', '${location}', '${file}')`);
    expect(`a table gone back ${name}`, rows, await rowsOf(table));
    await run(`MERGE INTO ${table} AS t USING (VALUES (1, 'new'), (9, 'new')) AS s (k, v) ON t.k = s.k WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT (k, v) VALUES (s.k, s.v)`);
    expect(`${name}, a MERGE after it`, merged, await rowsOf(table));
    await run(`ALTER TABLE ${table} EXECUTE optimize`);
    expect(`${name}, compacted`, merged, await rowsOf(table));
    expect(`${name}, the snapshot it went back from`, NEWEST, await rowsOf(`${table} FOR VERSION AS OF ${snapshots.at(-1) ?? ''}`));
  }
  return differences;
};
