import { startCloud } from '../../../localcloud/index.ts';
import { FileObjectStore } from '../../../localcloud/s3/index.ts';
import { LakeReader, leftovers, remove, runSql, temporaryFolder } from './crash-lake.ts';
import { bundle, runProgram } from './processes-support.ts';
import type { Finished } from './processes-support.ts';

export interface Writer {
  kind: 'insert' | 'merge' | 'clean';
  times: number;
  /** Lines after which it is killed. */
  killAfter?: number;
}

/** Runs writers at once on a new table of one directory, and checks what is in it afterwards. Answers what each printed. */
export const runWriters = async (writers: readonly Writer[]): Promise<Finished[]> => {
  const dataDir = temporaryFolder();
  try {
    await makeTable(dataDir);
    const program = bundle('tests/cloud/iceberg/processes-program.ts', dataDir);
    const runs = writers.map(({ kind, times, killAfter }, index) => runProgram(program, [dataDir, `w${index}`, kind, String(times)], killAfter));
    const finished = await Promise.all(runs);
    await checkTable(dataDir, finished);
    return finished;
  } finally {
    remove(dataDir);
  }
};

/** The same with clients of one cloud, over HTTP. */
export const runClients = async (writers: readonly Writer[]): Promise<Finished[]> => {
  const dataDir = temporaryFolder();
  try {
    await makeTable(dataDir);
    const program = bundle('tests/cloud/iceberg/processes-client.ts', dataDir);
    const cloud = await startCloud({ dataDir });
    let finished: Finished[];
    try {
      finished = await Promise.all(writers.map(({ kind, times, killAfter }, index) => runProgram(program, [cloud.endpoint, `w${index}`, kind, String(times)], killAfter)));
    } finally {
      await cloud.stop();
    }
    await checkTable(dataDir, finished);
    return finished;
  } finally {
    remove(dataDir);
  }
};

const makeTable = async (dataDir: string): Promise<void> => {
  new FileObjectStore({ dataDir }).createBucket('lake');
  await runSql(dataDir, [
    'CREATE DATABASE db',
    // VACUUM may take all that is not of the present: the files of statements under way are the only young ones that must stay.
    "CREATE TABLE db.t (id string, v int) LOCATION 's3://lake/t' TBLPROPERTIES ('table_type'='ICEBERG', 'vacuum_max_snapshot_age_seconds'='1', 'vacuum_max_metadata_files_to_keep'='1', 'optimize_rewrite_data_file_threshold'='3', 'optimize_rewrite_delete_file_threshold'='1')",
    "INSERT INTO db.t VALUES ('counter', 0)",
  ]);
};

/** Every commit that was told of is there once, none that was refused; what a killed process did not come to tell may be either. */
const checkTable = async (dataDir: string, finished: readonly Finished[]): Promise<void> => {
  const reader = await LakeReader.open();
  try {
    const rows = (await reader.rows(dataDir)).map((row) => JSON.parse(row) as { id: string; v: number });
    const ids = rows.map(({ id }) => id).filter((id) => id !== 'counter');
    const told = finished.flatMap(({ committed }) => committed).filter((id) => !id.includes('-clean-'));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(told));
    const killed = finished.filter((run) => run.killed).length;
    expect(ids.length - told.length).toBeLessThanOrEqual(killed);
    for (const refused of finished.flatMap((run) => run.refused)) expect(ids).not.toContain(refused);
    expect(rows.find(({ id }) => id === 'counter')?.v).toBe(ids.filter((id) => id.includes('-merge-')).length);
    await runSql(dataDir, ["INSERT INTO db.t VALUES ('last', 1)", 'VACUUM db.t'], 86_400_000);
    expect(leftovers(dataDir)).toEqual([]);
  } finally {
    reader.close();
  }
};
