import {
  BatchGetNamedQueryCommand,
  BatchGetPreparedStatementCommand,
  BatchGetQueryExecutionCommand,
  CreateDataCatalogCommand,
  CreateNamedQueryCommand,
  CreatePreparedStatementCommand,
  CreateWorkGroupCommand,
  DeleteWorkGroupCommand,
  GetDataCatalogCommand,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  GetQueryRuntimeStatisticsCommand,
  GetTableMetadataCommand,
  GetWorkGroupCommand,
  ListEngineVersionsCommand,
  ListNamedQueriesCommand,
  ListQueryExecutionsCommand,
  ListTableMetadataCommand,
  ListTagsForResourceCommand,
  paginateGetQueryResults,
  paginateListQueryExecutions,
  StartQueryExecutionCommand,
  StartSessionCommand,
  StopQueryExecutionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateWorkGroupCommand,
} from '@aws-sdk/client-athena';
import type { StartQueryExecutionCommandInput } from '@aws-sdk/client-athena';
import { readFileSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { OUTPUT, startTestCloud } from './support.ts';
import type { TestCloud } from './support.ts';

let cloud: TestCloud;
let now = Date.parse('2025-06-01T12:00:00Z');

beforeAll(async () => {
  cloud = await startTestCloud({ clock: () => new Date(now) });
  await cloud.run('CREATE DATABASE silver');
  await cloud.run(`CREATE TABLE silver.t (n int, name string) LOCATION 's3://lake/t/' TBLPROPERTIES ('table_type'='ICEBERG')`);
});
afterAll(() => cloud.stop());

const start = async (sql: string, more: Partial<StartQueryExecutionCommandInput> = {}): Promise<string> =>
  (await cloud.athena.send(new StartQueryExecutionCommand({ QueryString: sql, ResultConfiguration: { OutputLocation: OUTPUT }, ...more }))).QueryExecutionId!;

/** Takes as long as nobody stops it. */
const ENDLESS = 'SELECT count(*) FROM UNNEST(sequence(1, 1000000)) AS a(x) CROSS JOIN UNNEST(sequence(1, 1000000)) AS b(y) WHERE CAST(x AS bigint) * y % 7 = 3';

const text = (uri: string): string => readFileSync(cloud.store.fileOf(uri), 'utf8');

describe('StartQueryExecution', () => {
  test('a token given again with any other parameter is refused with the finer code', async () => {
    const ClientRequestToken = '0123456789012345678901234567890123456789';
    const request = { ClientRequestToken, QueryExecutionContext: { Database: 'silver' } };
    const id = await start('SELECT 1', request);
    expect(await start('SELECT 1', request)).toBe(id);
    const changes: Partial<StartQueryExecutionCommandInput>[] = [{ QueryExecutionContext: { Database: 'gold' } }, { ExecutionParameters: ['1'] }, { ResultConfiguration: { OutputLocation: 's3://results/other/' } }];
    for (const change of changes) {
      await expect(start('SELECT 1', { ...request, ...change })).rejects.toMatchObject({ name: 'InvalidRequestException', AthenaErrorCode: 'IDEMPOTENT_PARAMETER_MISMATCH', message: 'Idempotent parameters do not match' });
    }
    await expect(start('SELECT 1', { ClientRequestToken: 'short' })).rejects.toMatchObject({ message: expect.stringContaining('Member must have length greater than or equal to 32') as string });
  });

  test('takes a database in quotes, and refuses a catalog that is not there', async () => {
    expect(await cloud.run('SELECT count(*) FROM t', { QueryExecutionContext: { Database: '`silver`', Catalog: 'AwsDataCatalog' } })).toEqual([['0']]);
    await expect(start('SELECT 1', { QueryExecutionContext: { Catalog: 'mysql' } })).rejects.toMatchObject({ name: 'InvalidRequestException' });
  });

  test('tells the kind of statement from the start on, also of one that fails', async () => {
    const kinds: [string, string][] = [['DROP TABLE silver.nowhere', 'DDL'], ['SHOW TABLES IN nowhere', 'UTILITY'], ['DESCRIBE silver.nowhere', 'UTILITY'], ['SELECT * FROM silver.nowhere', 'DML']];
    for (const [sql, kind] of kinds) expect(await cloud.outcome(sql)).toMatchObject({ StatementType: kind, Status: { State: 'FAILED' } });
  });
});

describe('files of a statement that writes rows', () => {
  test('are told by its manifest; its result has an update count and no rows', async () => {
    const execution = await cloud.outcome(`INSERT INTO silver.t VALUES (1, 'a'), (2, 'b')`);
    const manifest = `${OUTPUT}${execution.QueryExecutionId!}-manifest.csv`;
    expect(execution).toMatchObject({ Statistics: { DataManifestLocation: manifest }, ResultConfiguration: { OutputLocation: `${OUTPUT}${execution.QueryExecutionId!}` } });
    const written = text(manifest).trimEnd().split('\n');
    expect(written).toEqual((await cloud.run('SELECT file_path FROM silver."t$files"')).flat());
    const { ResultSet: result } = await cloud.athena.send(new GetQueryResultsCommand({ QueryExecutionId: execution.QueryExecutionId!, QueryResultType: 'DATA_MANIFEST' }));
    expect(result!.Rows!.map((row) => row.Data![0]!.VarCharValue)).toEqual(written);
  });

  test.each([
    ['CREATE TABLE AS', `CREATE TABLE silver.made WITH (table_type='ICEBERG', is_external=false, location='s3://lake/made/') AS SELECT 1 AS n`, 's3://lake/made/data/'],
    ['UNLOAD', `UNLOAD (SELECT 1 AS n) TO 's3://lake/unloaded/' WITH (format='PARQUET')`, 's3://lake/unloaded/'],
  ])('of %s too', async (_, sql, folder) => {
    const execution = await cloud.outcome(sql);
    const written = text(execution.Statistics!.DataManifestLocation!).trimEnd().split('\n');
    expect(written).toHaveLength(1);
    expect(written[0]).toContain(folder);
    expect(readFileSync(cloud.store.fileOf(written[0]!)).length).toBeGreaterThan(0);
  });

  test('the metadata beside a result are protocol buffers, a field for each column', async () => {
    const execution = await cloud.outcome(`SELECT 1 AS n, DECIMAL '1.5' AS price`);
    const bytes = readFileSync(cloud.store.fileOf(`${execution.ResultConfiguration!.OutputLocation!}.metadata`));
    const price = ['\x0a\x04hive', '\x22\x05price', '\x2a\x05price', '\x32\x07decimal', '\x38\x02', '\x40\x01', '\x48\x03', '\x50\x00'].join('');
    expect(bytes[0]).toBe((4 << 3) | 2);
    expect(bytes.toString('latin1').endsWith(`\x22${String.fromCharCode(price.length)}${price}`)).toBe(true);
  });
});

describe('results', () => {
  test('come through the SDK’s paginator; a token of another query is refused', async () => {
    const [first, second] = await Promise.all(['n', 'm'].map((name) => cloud.outcome(`SELECT ${name} FROM UNNEST(sequence(1, 25)) AS t(${name})`)));
    let rows = 0;
    for await (const page of paginateGetQueryResults({ client: cloud.athena, pageSize: 10 }, { QueryExecutionId: first!.QueryExecutionId })) rows += page.ResultSet!.Rows!.length;
    expect(rows).toBe(26);
    const { NextToken } = await cloud.athena.send(new GetQueryResultsCommand({ QueryExecutionId: first!.QueryExecutionId, MaxResults: 2 }));
    await expect(cloud.athena.send(new GetQueryResultsCommand({ QueryExecutionId: second!.QueryExecutionId, NextToken }))).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await expect(cloud.athena.send(new GetQueryResultsCommand({ QueryExecutionId: first!.QueryExecutionId, MaxResults: 1001 }))).rejects.toMatchObject({ message: expect.stringContaining('less than or equal to 1000') as string });
  });

  test('are reused where the request allows their age, and not once the file is gone', async () => {
    const reuse = { ResultReuseConfiguration: { ResultReuseByAgeConfiguration: { Enabled: true, MaxAgeInMinutes: 30 } } };
    const reused = async (sql: string): Promise<boolean | undefined> => (await cloud.outcome(sql, reuse)).Statistics!.ResultReuseInformation!.ReusedPreviousResult;
    const query = 'SELECT sum(n) AS total FROM silver.t';
    const first = await cloud.outcome(query);
    expect(first.Statistics!.DataScannedInBytes).toBeGreaterThan(0);
    now += 29 * 60_000;
    const second = await cloud.outcome(query, reuse);
    expect(second).toMatchObject({ Statistics: { ResultReuseInformation: { ReusedPreviousResult: true }, DataScannedInBytes: 0 }, ResultConfiguration: { OutputLocation: first.ResultConfiguration!.OutputLocation } });
    const { ResultSet: result } = await cloud.athena.send(new GetQueryResultsCommand({ QueryExecutionId: second.QueryExecutionId! }));
    expect(result!.Rows!.map((row) => row.Data![0]!.VarCharValue)).toEqual(['total', '3']);
    now += 2 * 60_000;
    const third = await cloud.outcome(query, reuse);
    expect(third.Statistics!.ResultReuseInformation).toEqual({ ReusedPreviousResult: false });
    rmSync(cloud.store.fileOf(third.ResultConfiguration!.OutputLocation!));
    expect(await reused(query)).toBe(false);
    expect([await reused('SELECT now()'), await reused('SELECT now()')]).toEqual([false, false]);
  });
});

test('with every place taken by long queries a queued one is stopped at once, files are read, and all are stopped', async () => {
  const long = await Promise.all(Array.from({ length: 8 }, () => start(ENDLESS)));
  const queued = await start('SELECT 1');
  const state = async (id: string): Promise<string> => (await cloud.athena.send(new GetQueryExecutionCommand({ QueryExecutionId: id }))).QueryExecution!.Status!.State!;
  expect(await state(queued)).toBe('QUEUED');
  expect(await readdir(cloud.dataDir)).toContain('glue');
  await cloud.athena.send(new StopQueryExecutionCommand({ QueryExecutionId: queued }));
  expect(await state(queued)).toBe('CANCELLED');
  await Promise.all(long.map((QueryExecutionId) => cloud.athena.send(new StopQueryExecutionCommand({ QueryExecutionId }))));
  expect(await Promise.all(long.map(state))).toEqual(long.map(() => 'CANCELLED'));
});

describe('lists', () => {
  test('end where they end, and take 50 at most', async () => {
    const ids: string[] = [];
    for await (const page of paginateListQueryExecutions({ client: cloud.athena, pageSize: 7 }, {})) ids.push(...page.QueryExecutionIds!);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(20);
    await expect(cloud.athena.send(new ListQueryExecutionsCommand({ MaxResults: 51 }))).rejects.toMatchObject({ message: expect.stringContaining('less than or equal to 50') as string });
    await expect(cloud.athena.send(new ListQueryExecutionsCommand({ WorkGroup: 'nowhere' }))).rejects.toMatchObject({ message: 'WorkGroup nowhere is not found.' });
    await expect(cloud.athena.send(new BatchGetQueryExecutionCommand({ QueryExecutionIds: [] }))).rejects.toMatchObject({ name: 'InvalidRequestException' });
  });

  test('of tables are filtered by an expression; a table that is not there is a MetadataException in AWS’s words', async () => {
    const found = await cloud.athena.send(new ListTableMetadataCommand({ CatalogName: 'AwsDataCatalog', DatabaseName: 'silver', Expression: '^ma' }));
    expect(found.TableMetadataList!.map((table) => table.Name)).toEqual(['made']);
    await expect(cloud.athena.send(new GetTableMetadataCommand({ CatalogName: 'AwsDataCatalog', DatabaseName: 'silver', TableName: 'nope' }))).rejects.toMatchObject({
      name: 'MetadataException',
      message: expect.stringContaining('(Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException') as string,
    });
  });
});

describe('workgroups', () => {
  test('keep tags, engine version and result settings, and are deleted with what is in them only when told', async () => {
    const Configuration = { EngineVersion: { SelectedEngineVersion: 'Athena engine version 3' }, ResultConfiguration: { OutputLocation: OUTPUT, EncryptionConfiguration: { EncryptionOption: 'SSE_S3' as const } } };
    await cloud.athena.send(new CreateWorkGroupCommand({ Name: 'team', Configuration, Tags: [{ Key: 'cost', Value: 'a' }] }));
    const arn = 'arn:aws:athena:eu-west-1:000000000000:workgroup/team';
    await cloud.athena.send(new TagResourceCommand({ ResourceARN: arn, Tags: [{ Key: 'owner', Value: 'b' }] }));
    await cloud.athena.send(new UntagResourceCommand({ ResourceARN: arn, TagKeys: ['cost'] }));
    expect((await cloud.athena.send(new ListTagsForResourceCommand({ ResourceARN: arn }))).Tags).toEqual([{ Key: 'owner', Value: 'b' }]);
    await expect(cloud.athena.send(new ListTagsForResourceCommand({ ResourceARN: `${arn}s` }))).rejects.toMatchObject({ name: 'ResourceNotFoundException', ResourceName: `${arn}s` });
    await cloud.athena.send(new UpdateWorkGroupCommand({ WorkGroup: 'team', ConfigurationUpdates: { ResultConfigurationUpdates: { RemoveEncryptionConfiguration: true } } }));
    const { WorkGroup: group } = await cloud.athena.send(new GetWorkGroupCommand({ WorkGroup: 'team' }));
    expect(group!.Configuration).toMatchObject({ ResultConfiguration: { OutputLocation: OUTPUT }, EngineVersion: { SelectedEngineVersion: 'Athena engine version 3' } });
    expect(group!.Configuration!.ResultConfiguration!.EncryptionConfiguration).toBeUndefined();
    const { NamedQueryId: id } = await cloud.athena.send(new CreateNamedQueryCommand({ Name: 'q', Database: 'silver', QueryString: 'SELECT 1', WorkGroup: 'team' }));
    await expect(cloud.athena.send(new DeleteWorkGroupCommand({ WorkGroup: 'team' }))).rejects.toMatchObject({ message: 'WorkGroup team is not empty' });
    await cloud.athena.send(new DeleteWorkGroupCommand({ WorkGroup: 'team', RecursiveDeleteOption: true }));
    const { UnprocessedNamedQueryIds: gone } = await cloud.athena.send(new BatchGetNamedQueryCommand({ NamedQueryIds: [id!] }));
    expect(gone).toMatchObject([{ NamedQueryId: id }]);
    await expect(cloud.athena.send(new ListNamedQueriesCommand({ WorkGroup: 'team' }))).rejects.toMatchObject({ name: 'InvalidRequestException' });
  });

  test('prepared statements are read in batches', async () => {
    await cloud.athena.send(new CreatePreparedStatementCommand({ StatementName: 'one', WorkGroup: 'primary', QueryStatement: 'SELECT 1' }));
    const found = await cloud.athena.send(new BatchGetPreparedStatementCommand({ WorkGroup: 'primary', PreparedStatementNames: ['one', 'two'] }));
    expect(found.PreparedStatements!.map((statement) => statement.QueryStatement)).toEqual(['SELECT 1']);
    expect(found.UnprocessedPreparedStatementNames).toMatchObject([{ StatementName: 'two' }]);
  });
});

test('engine versions, the data catalog, a query’s statistics', async () => {
  expect((await cloud.athena.send(new ListEngineVersionsCommand({}))).EngineVersions!.map((version) => version.SelectedEngineVersion)).toEqual(['AUTO', 'Athena engine version 3']);
  expect((await cloud.athena.send(new GetDataCatalogCommand({ Name: 'AwsDataCatalog' }))).DataCatalog!.Type).toBe('GLUE');
  const { QueryExecutionId } = await cloud.outcome('SELECT count(*) FROM silver.t WHERE n > 0');
  const { QueryRuntimeStatistics: found } = await cloud.athena.send(new GetQueryRuntimeStatisticsCommand({ QueryExecutionId }));
  expect(found!.Rows!.InputBytes).toBeGreaterThan(0);
});

test('what AWS has and this has not says so', async () => {
  for (const command of [new StartSessionCommand({ WorkGroup: 'primary', EngineConfiguration: {} }), new CreateDataCatalogCommand({ Name: 'x', Type: 'LAMBDA' })]) {
    await expect(cloud.athena.send(command as StartSessionCommand)).rejects.toMatchObject({ name: 'NotImplementedException', message: expect.stringContaining('not supported locally') as string });
  }
});
