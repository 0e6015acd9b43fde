import { existsSync } from 'node:fs';
import path from 'node:path';
import { AthenaCatalog } from '../../../localcloud/athena/catalog.ts';
import { commitRetrying, commitRewrite } from '../../../localcloud/athena/iceberg/commit.ts';
import type { CommitSession } from '../../../localcloud/athena/iceberg/commit.ts';
import { IcebergTable } from '../../../localcloud/athena/iceberg/index.ts';
import { writeData } from '../../../localcloud/athena/iceberg/write-data.ts';
import { AwsError } from '../../../localcloud/core/errors.ts';
import { CatalogStore } from '../../../localcloud/glue/index.ts';
import { FileObjectStore } from '../../../localcloud/s3/index.ts';
import { loadTable, remove, runSql, temporaryFolder } from './crash-lake.ts';
import { IcebergFixture } from './support.ts';

const CREATE = "CREATE TABLE db.t (id int) LOCATION 's3://lake/t' TBLPROPERTIES ('table_type'='ICEBERG')";

describe('a table that another process drops meanwhile', () => {
  let fixture: IcebergFixture;
  let dataDir: string;
  beforeAll(async () => {
    fixture = await IcebergFixture.open();
  });
  afterAll(() => fixture.close());
  beforeEach(async () => {
    dataDir = temporaryFolder();
    new FileObjectStore({ dataDir }).createBucket('lake');
    await runSql(dataDir, ['CREATE DATABASE db', CREATE, 'INSERT INTO db.t VALUES 1']);
  });
  afterEach(() => remove(dataDir));

  const sessionOf = (): CommitSession => {
    const [files, clock] = [new FileObjectStore({ dataDir }), (): Date => new Date()];
    const catalog = new AthenaCatalog(new CatalogStore(path.join(dataDir, 'glue'), clock), files);
    return { files, clock, pointer: catalog.pointer({ database: 'db', table: 't' }), tableName: 'db.t' };
  };

  test.each([
    ['dropped', ['DROP TABLE db.t']],
    ['made anew', ['DROP TABLE db.t', CREATE]],
  ])('and is %s: what was written for it ends with ICEBERG_COMMIT_ERROR and is not in the new one', async (_name, others) => {
    const session = sessionOf();
    for (const commit of [commitRetrying, commitRewrite]) {
      if (!new CatalogStore(path.join(dataDir, 'glue'), session.clock).table('db', 't')) await runSql(dataDir, [CREATE]);
      const base = IcebergTable.load(session.files, session.pointer.current());
      const added = await writeData(fixture.connection, base, 'SELECT 2 AS id', { limitPartitions: true });
      await runSql(dataDir, others);
      expect(() => commit(session, base, { operation: 'append', added, removed: new Set() })).toThrow('Failed to commit Iceberg update to table: db.t');
      expect(added.map(({ path: uri }) => existsSync(session.files.fileOf(uri)))).toEqual([false]);
      if (others.length === 2) expect(loadTable(dataDir).metadata.snapshots).toEqual([]);
    }
  });

  test('a new version goes to no other table of the same name, and does not bring a dropped one back', () => {
    const plain = new CatalogStore(path.join(dataDir, 'glue'), () => new Date());
    const { Name, TableType } = plain.requireTable('db', 't');
    let meanwhile = (): void => undefined;
    // The clock is asked when the version to replace has been read.
    const store = new CatalogStore(path.join(dataDir, 'glue'), () => {
      meanwhile();
      return new Date();
    });
    const update = (): unknown => store.updateTable('db', { Name, TableType: TableType ?? '' }, plain.requireTable('db', 't').VersionId);
    meanwhile = () => {
      plain.deleteTable('db', 't');
      plain.createTable('db', { Name, TableType: 'ANOTHER' });
    };
    expect(update).toThrow(AwsError);
    expect(plain.tableVersions('db', 't').map((table) => table.TableType)).toEqual(['ANOTHER']);
    meanwhile = () => {
      plain.deleteTable('db', 't');
    };
    expect(update).toThrow(AwsError);
    expect(plain.table('db', 't')).toBeUndefined();
    meanwhile = () => undefined;
    expect(() => {
      store.deleteTable('db', 't');
    }).toThrow('Entity Not Found');
  });
});
