/**
 * A program of which several run at once on one directory: writes to the table db.t by the engine's own library, and prints a line
 * for each statement: `committed <what>` or `refused <what>`. `clean`: OPTIMIZE and VACUUM, until it is killed.
 *
 * usage: node processes-program.cjs <data directory> <name> <insert|merge|clean> <times>
 */
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { AthenaCatalog } from '../../../localcloud/athena/catalog.ts';
import { IcebergError, append, merge, optimize, prepareConnection, vacuum } from '../../../localcloud/athena/iceberg/index.ts';
import type { IcebergSession } from '../../../localcloud/athena/iceberg/index.ts';
import { CatalogStore } from '../../../localcloud/glue/index.ts';
import { FileObjectStore } from '../../../localcloud/s3/index.ts';

const open = async (dataDir: string): Promise<IcebergSession> => {
  const files = new FileObjectStore({ dataDir });
  const clock = (): Date => new Date();
  const catalog = new AthenaCatalog(new CatalogStore(path.join(dataDir, 'glue'), clock), files);
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '256MB' });
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  prepareConnection(connection);
  return { files, pointer: catalog.pointer({ database: 'db', table: 't' }), connection, clock, tableName: 'db.t' };
};

/** Inserts one row, and counts itself in the row `counter`. */
const mergePlan = (id: string): Parameters<typeof merge>[1] => ({
  targetAlias: 't',
  source: { sql: `(VALUES ('counter'), ('${id}')) AS v(id)`, alias: 's' },
  on: 't.id = s.id',
  clauses: [
    { matched: true, condition: null, action: 'update', set: [['v', 't.v + 1']] },
    { matched: false, condition: null, action: 'insert', values: ['s.id', '1'] },
  ],
});

const clean = async (session: IcebergSession): Promise<void> => {
  await optimize(session);
  vacuum(session);
};

const attempt = async (what: string, statement: () => Promise<unknown>): Promise<void> => {
  try {
    await statement();
    process.stdout.write(`committed ${what}\n`);
  } catch (error) {
    if (!(error instanceof IcebergError && error.errorName === 'ICEBERG_COMMIT_ERROR')) throw error;
    process.stdout.write(`refused ${what}\n`);
  }
};

const main = async ([dataDir = '', name = '', kind = '', times = '0']: readonly string[]): Promise<void> => {
  const session = await open(dataDir);
  for (let number = 0; number < Number(times); number += 1) {
    const id = `${name}-${kind}-${number}`;
    if (kind === 'clean') await attempt(id, () => clean(session));
    else await attempt(id, () => (kind === 'insert' ? append(session, { sql: `SELECT '${id}', 1` }) : merge(session, mergePlan(id))));
  }
};

void main(process.argv.slice(2));
