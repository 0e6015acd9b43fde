import {
  BatchGetQueryExecutionCommand,
  CreateNamedQueryCommand,
  CreatePreparedStatementCommand,
  CreateWorkGroupCommand,
  GetNamedQueryCommand,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  GetTableMetadataCommand,
  GetWorkGroupCommand,
  ListDatabasesCommand,
  ListNamedQueriesCommand,
  ListQueryExecutionsCommand,
  ListTableMetadataCommand,
  ListWorkGroupsCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { openAthena } from '../../../localcloud/athena/index.ts';
import { FileObjectStore } from '../../../localcloud/s3/index.ts';
import { OUTPUT, startTestCloud } from './support.ts';
import type { TestCloud } from './support.ts';

let cloud: TestCloud;

beforeEach(async () => {
  cloud = await startTestCloud();
});
afterEach(() => cloud.stop());

const start = async (sql: string, token?: string): Promise<string> =>
  (await cloud.athena.send(new StartQueryExecutionCommand({ QueryString: sql, ResultConfiguration: { OutputLocation: OUTPUT }, ClientRequestToken: token }))).QueryExecutionId!;

/** Takes as long as nobody stops it. */
const ENDLESS = 'SELECT count(*) FROM UNNEST(sequence(1, 1000000)) AS a(x) CROSS JOIN UNNEST(sequence(1, 1000000)) AS b(y) WHERE CAST(x AS bigint) * y % 7 = 3';

describe('StartQueryExecution', () => {
  test('a token given again answers the same query, and refuses another text', async () => {
    const token = 'a-token-of-at-least-thirty-two-characters';
    const id = await start('SELECT 1', token);
    expect(await start('SELECT 1', token)).toBe(id);
    await expect(start('SELECT 2', token)).rejects.toMatchObject({ name: 'InvalidRequestException', message: 'Idempotent parameters do not match' });
  });

  test('is refused at once where the statement is none', async () => {
    await expect(start('SELEC 1')).rejects.toMatchObject({ name: 'InvalidRequestException', AthenaErrorCode: 'MALFORMED_QUERY' });
    await expect(start('SELECT 1; SELECT 2')).rejects.toMatchObject({ name: 'InvalidRequestException', message: expect.stringContaining('Only one sql statement is allowed. Got: ') as string });
    await expect(start(' ')).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await expect(start(`SELECT '${'x'.repeat(262_144)}'`)).rejects.toMatchObject({ name: 'InvalidRequestException', message: expect.stringContaining('less than or equal to 262144') as string });
  });

  test('needs a place for results', async () => {
    await expect(cloud.athena.send(new StartQueryExecutionCommand({ QueryString: 'SELECT 1' }))).rejects.toMatchObject({ message: expect.stringContaining('No output location provided') as string });
    expect(await cloud.failure('SELECT 1', { ResultConfiguration: { OutputLocation: 's3://no-such-bucket/x/' } })).toContain('Unable to verify/create output bucket');
  });

  test('takes parameters for question marks', async () => {
    expect(await cloud.run('SELECT ? AS a, ? + 1 AS b', { ExecutionParameters: [`'x'`, '41'] })).toEqual([['x', '42']]);
  });

  test('what fails while it runs is told with Athena’s category', async () => {
    const execution = await cloud.outcome('SELECT 1 / n FROM UNNEST(ARRAY[0]) AS t(n)');
    expect(execution.Status).toMatchObject({ State: 'FAILED', AthenaError: { ErrorCategory: 2, Retryable: false } });
    expect(execution.Status!.StateChangeReason).toMatch(/^DIVISION_BY_ZERO/);
    await expect(cloud.athena.send(new GetQueryResultsCommand({ QueryExecutionId: execution.QueryExecutionId! }))).rejects.toMatchObject({ message: 'Query did not finish successfully. Final query state: FAILED' });
  });
});

describe('GetQueryResults', () => {
  test('comes page by page, the header once', async () => {
    const { QueryExecutionId: id } = await cloud.outcome('SELECT n FROM UNNEST(sequence(1, 2500)) AS t(n) ORDER BY n');
    const pages: string[][] = [];
    let token: string | undefined;
    do {
      const page = await cloud.athena.send(new GetQueryResultsCommand({ QueryExecutionId: id!, NextToken: token }));
      pages.push(page.ResultSet!.Rows!.map((row) => row.Data![0]!.VarCharValue!));
      token = page.NextToken;
    } while (token !== undefined);
    expect(pages.map((page) => page.length)).toEqual([1000, 1000, 501]);
    expect(pages.flat()).toEqual(['n', ...Array.from({ length: 2500 }, (_, index) => String(index + 1))]);
  });

  test('values with commas, quotes, line breaks and nothing come back as they were', async () => {
    const rows = await cloud.run(`SELECT * FROM (VALUES ('a,"b"', ''), (concat('x', chr(10), 'y'), CAST(NULL AS varchar))) AS t(p, q) ORDER BY p`);
    expect(rows).toEqual([['a,"b"', ''], ['x\ny', null]]);
  });

  test('the result file is CSV with every value in quotes and NULL as nothing', async () => {
    const execution = await cloud.outcome(`SELECT 1 AS n, 'x' AS "text", CAST(NULL AS varchar) AS nothing, '' AS empty`);
    const location = execution.ResultConfiguration!.OutputLocation!;
    expect(location).toBe(`${OUTPUT}${execution.QueryExecutionId!}.csv`);
    expect(readFileSync(cloud.store.fileOf(location), 'utf8')).toBe('"n","text","nothing","empty"\n"1","x",,""\n');
    expect(readFileSync(cloud.store.fileOf(`${location}.metadata`)).length).toBeGreaterThan(0);
  });

  test('a DDL’s result is a text file', async () => {
    await cloud.run('CREATE DATABASE silver');
    const execution = await cloud.outcome('SHOW DATABASES');
    expect(execution.ResultConfiguration!.OutputLocation).toBe(`${OUTPUT}${execution.QueryExecutionId!}.txt`);
    expect(await cloud.run('SHOW DATABASES')).toEqual([['silver']]);
  });

  test('names types as Athena does', async () => {
    const { QueryExecutionId: id } = await cloud.outcome(
      `SELECT 'a' AS s, 1 AS i, 10000000000 AS l, 1e0 AS d, DECIMAL '1.50' AS n, true AS b, DATE '2025-01-01' AS day, CAST('2025-01-01 00:00:00' AS timestamp(6)) AS ts, ARRAY[1] AS a, MAP(ARRAY['k'], ARRAY[1]) AS m, CAST(ROW(1) AS ROW(x integer)) AS r`,
    );
    const { ResultSet: result } = await cloud.athena.send(new GetQueryResultsCommand({ QueryExecutionId: id! }));
    const columns = result!.ResultSetMetadata!.ColumnInfo!;
    expect(Object.fromEntries(columns.map((column) => [column.Name, column.Type]))).toEqual({
      s: 'varchar', i: 'integer', l: 'bigint', d: 'double', n: 'decimal', b: 'boolean', day: 'date', ts: 'timestamp', a: 'array', m: 'map', r: 'row',
    });
    expect(columns.find((column) => column.Name === 'n')).toMatchObject({ Precision: 3, Scale: 2 });
  });

  test('a result that was deleted is told as missing', async () => {
    const execution = await cloud.outcome('SELECT 1');
    rmSync(cloud.store.fileOf(execution.ResultConfiguration!.OutputLocation!));
    await expect(cloud.athena.send(new GetQueryResultsCommand({ QueryExecutionId: execution.QueryExecutionId! }))).rejects.toMatchObject({ message: 'Could not find results' });
  });

  test('an INSERT tells its rows as UpdateCount', async () => {
    await cloud.run('CREATE DATABASE silver');
    await cloud.run(`CREATE TABLE silver.t (n int) LOCATION 's3://lake/t/' TBLPROPERTIES ('table_type'='ICEBERG')`);
    const { QueryExecutionId: id } = await cloud.outcome('INSERT INTO silver.t VALUES (1), (2)');
    expect(await cloud.athena.send(new GetQueryResultsCommand({ QueryExecutionId: id! }))).toMatchObject({ UpdateCount: 2, ResultSet: { Rows: [] } });
  });
});

describe('running queries', () => {
  test('are stopped, and others run on beside them', async () => {
    const id = await start(ENDLESS);
    expect(await cloud.run('SELECT 1')).toEqual([['1']]);
    await expect(cloud.athena.send(new GetQueryResultsCommand({ QueryExecutionId: id }))).rejects.toMatchObject({ message: expect.stringContaining('Query has not yet finished') as string });
    await cloud.athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
    const { QueryExecution: execution } = await cloud.athena.send(new GetQueryExecutionCommand({ QueryExecutionId: id }));
    expect(execution!.Status!.State).toBe('CANCELLED');
    expect(await cloud.run('SELECT 2')).toEqual([['2']]);
  });

  test('a limit on scanned bytes cancels what would read more', async () => {
    await cloud.run('CREATE DATABASE silver');
    await cloud.run(`CREATE TABLE silver.t (id string) LOCATION 's3://lake/t/' TBLPROPERTIES ('table_type'='ICEBERG')`);
    await cloud.run(`INSERT INTO silver.t SELECT to_hex(sha256(to_utf8(CAST(n AS varchar)))) FROM UNNEST(sequence(1, 400000)) AS s(n)`);
    await cloud.athena.send(new CreateWorkGroupCommand({ Name: 'small', Configuration: { ResultConfiguration: { OutputLocation: OUTPUT }, BytesScannedCutoffPerQuery: 10_000_000 } }));
    const execution = await cloud.outcome('SELECT max(id) FROM silver.t', { WorkGroup: 'small' });
    expect(execution.Status).toMatchObject({ State: 'CANCELLED', StateChangeReason: 'Bytes scanned limit was exceeded' });
    expect(execution.Statistics!.DataScannedInBytes).toBe(10_000_000);
  });
});

describe('a restart', () => {
  const reopen = async (): Promise<void> => {
    await cloud.stop(true);
    cloud = await startTestCloud({ dataDir: cloud.dataDir });
  };

  test('keeps finished queries, their tokens and results', async () => {
    const token = 'a-token-of-at-least-thirty-two-characters';
    const id = await start('SELECT 7 AS n', token);
    await cloud.service.wait(id);
    await reopen();
    expect(await start('SELECT 7 AS n', token)).toBe(id);
    const { ResultSet: result } = await cloud.athena.send(new GetQueryResultsCommand({ QueryExecutionId: id }));
    expect(result!.Rows!.map((row) => row.Data![0]!.VarCharValue)).toEqual(['n', '7']);
  });

  test('finds a query that ran when the process died FAILED, and a torn line harmless', async () => {
    const id = await start('SELECT 1');
    await cloud.service.wait(id);
    const log = path.join(cloud.dataDir, 'athena', 'query-executions.jsonl');
    const [queued] = readFileSync(log, 'utf8').split('\n');
    await cloud.stop(true);
    appendFileSync(log, `${queued!.replaceAll(id, 'died')}\n{"id":"torn`);
    cloud = await startTestCloud({ dataDir: cloud.dataDir });
    const { QueryExecutions: found } = await cloud.athena.send(new BatchGetQueryExecutionCommand({ QueryExecutionIds: [id, 'died', 'torn'] }));
    expect(found!.map((execution) => [execution.QueryExecutionId, execution.Status!.State])).toEqual([[id, 'SUCCEEDED'], ['died', 'FAILED']]);
  });
});

test('a workgroup that enforces its settings decides where results go', async () => {
  await cloud.athena.send(new CreateWorkGroupCommand({ Name: 'floe-dev', Configuration: { ResultConfiguration: { OutputLocation: 's3://results/enforced' }, EnforceWorkGroupConfiguration: true } }));
  const execution = await cloud.outcome('SELECT 1', { WorkGroup: 'floe-dev' });
  expect(execution.ResultConfiguration!.OutputLocation).toBe(`s3://results/enforced/${execution.QueryExecutionId!}.csv`);
  const { WorkGroup: group } = await cloud.athena.send(new GetWorkGroupCommand({ WorkGroup: 'floe-dev' }));
  expect(group).toMatchObject({ State: 'ENABLED', Configuration: { EnforceWorkGroupConfiguration: true } });
  expect((await cloud.athena.send(new ListWorkGroupsCommand({}))).WorkGroups!.map((found) => found.Name)).toEqual(['primary', 'floe-dev']);
  const { QueryExecutionIds: ids } = await cloud.athena.send(new ListQueryExecutionsCommand({ WorkGroup: 'floe-dev' }));
  expect(ids).toEqual([execution.QueryExecutionId]);
});

test('named queries are kept', async () => {
  const { NamedQueryId: id } = await cloud.athena.send(new CreateNamedQueryCommand({ Name: 'funnel', Database: 'gold', QueryString: 'SELECT 1', Description: 'how many buy?' }));
  expect((await cloud.athena.send(new GetNamedQueryCommand({ NamedQueryId: id! }))).NamedQuery).toMatchObject({ Name: 'funnel', QueryString: 'SELECT 1', WorkGroup: 'primary' });
  expect((await cloud.athena.send(new ListNamedQueriesCommand({}))).NamedQueryIds).toEqual([id]);
});

test('statements prepared by SQL and by the API are the same ones', async () => {
  await cloud.athena.send(new CreatePreparedStatementCommand({ StatementName: 'twice', WorkGroup: 'primary', QueryStatement: 'SELECT ? * 2 AS n' }));
  expect((await cloud.run('EXECUTE twice USING 21')).at(-1)).toEqual(['42']);
  await cloud.run(`PREPARE glued FROM SELECT concat(?, ?) AS text`);
  expect((await cloud.run(`EXECUTE glued USING 'a', 'b,c'`)).at(-1)).toEqual(['ab,c']);
  await cloud.run('DEALLOCATE PREPARE glued');
  expect(await cloud.failure(`EXECUTE glued USING 'a', 'b'`)).toContain('Prepared statement not found: glued');
});

test('databases and tables are told by Athena’s metadata actions', async () => {
  await cloud.run('CREATE DATABASE silver');
  await cloud.run(`CREATE TABLE silver.t (n int, tags array<string>) LOCATION 's3://lake/t/' TBLPROPERTIES ('table_type'='ICEBERG')`);
  const catalog = { CatalogName: 'AwsDataCatalog' };
  expect((await cloud.athena.send(new ListDatabasesCommand(catalog))).DatabaseList!.map((database) => database.Name)).toEqual(['silver']);
  expect((await cloud.athena.send(new ListTableMetadataCommand({ ...catalog, DatabaseName: 'silver' }))).TableMetadataList!.map((table) => table.Name)).toEqual(['t']);
  const { TableMetadata: table } = await cloud.athena.send(new GetTableMetadataCommand({ ...catalog, DatabaseName: 'silver', TableName: 't' }));
  expect(table!.Columns).toMatchObject([{ Name: 'n', Type: 'int' }, { Name: 'tags', Type: 'array<string>' }]);
  await expect(cloud.athena.send(new GetTableMetadataCommand({ ...catalog, DatabaseName: 'silver', TableName: 'nope' }))).rejects.toMatchObject({ name: 'MetadataException' });
});

test('a stopped cloud’s tables are queried without its API', async () => {
  await cloud.run('CREATE DATABASE silver');
  await cloud.run(`CREATE TABLE silver.t (n int) LOCATION 's3://lake/t/' TBLPROPERTIES ('table_type'='ICEBERG')`);
  await cloud.run('INSERT INTO silver.t VALUES (1), (2)');
  await cloud.stop(true);
  const direct = openAthena({ dataDir: cloud.dataDir, store: new FileObjectStore({ dataDir: cloud.dataDir }) });
  const result = await direct.execute('SELECT n FROM t ORDER BY n', { database: 'silver' });
  expect(result.rows).toEqual([['1'], ['2']]);
  expect(result.statistics.dataScannedBytes).toBeGreaterThan(0n);
  await expect(direct.execute('SELECT nope FROM silver.t')).rejects.toMatchObject({ errorName: 'COLUMN_NOT_FOUND' });
  await direct.close();
  cloud = await startTestCloud({ dataDir: cloud.dataDir });
});
