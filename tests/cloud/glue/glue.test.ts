import {
  BatchCreatePartitionCommand,
  CreateDatabaseCommand,
  CreateTableCommand,
  DeleteDatabaseCommand,
  DeleteTableCommand,
  GetDatabasesCommand,
  GetPartitionsCommand,
  GetTableCommand,
  GetTablesCommand,
  GetTableVersionsCommand,
  GlueClient,
  UpdateTableCommand,
} from '@aws-sdk/client-glue';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CatalogStore, GlueService } from '../../../localcloud/glue/index.ts';

let folder: string;
let server: Server;
let glue: GlueClient;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'glue-test-'));
  const service = new GlueService({ folder });
  server = createServer((request, response) => void service.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  glue = new GlueClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'Silver', Description: 'one true row' } }));
});

afterEach(async () => {
  glue.destroy();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const table = (name: string, parameters: Record<string, string> = {}) => ({ Name: name, TableType: 'EXTERNAL_TABLE', Parameters: parameters, StorageDescriptor: { Columns: [{ Name: 'id', Type: 'string' }], Location: 's3://lake/silver/t/' } });

describe('databases', () => {
  test('are kept under lower-case names and listed', async () => {
    const { DatabaseList: list } = await glue.send(new GetDatabasesCommand({}));
    expect(list!.map((database) => database.Name)).toEqual(['silver']);
    expect(list![0]!.CreateTime).toBeInstanceOf(Date);
  });

  test('cannot be created twice', async () => {
    await expect(glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'silver' } }))).rejects.toMatchObject({ name: 'AlreadyExistsException' });
  });

  test('take their tables with them when deleted', async () => {
    await glue.send(new CreateTableCommand({ DatabaseName: 'silver', TableInput: table('events') }));
    await glue.send(new DeleteDatabaseCommand({ Name: 'silver' }));
    await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'silver' } }));
    expect((await glue.send(new GetTablesCommand({ DatabaseName: 'silver' }))).TableList).toEqual([]);
  });
});

describe('tables', () => {
  test('come back as they were created, by any case of their name', async () => {
    await glue.send(new CreateTableCommand({ DatabaseName: 'silver', TableInput: table('Events', { k: 'v' }) }));
    const { Table: found } = await glue.send(new GetTableCommand({ DatabaseName: 'SILVER', Name: 'EVENTS' }));
    expect(found).toMatchObject({ Name: 'events', DatabaseName: 'silver', VersionId: '0', Parameters: { k: 'v' }, StorageDescriptor: { Location: 's3://lake/silver/t/' } });
  });

  test('an update that names an old version is refused and changes nothing', async () => {
    await glue.send(new CreateTableCommand({ DatabaseName: 'silver', TableInput: table('events') }));
    await glue.send(new UpdateTableCommand({ DatabaseName: 'silver', TableInput: table('events', { n: '1' }), VersionId: '0' }));
    const late = glue.send(new UpdateTableCommand({ DatabaseName: 'silver', TableInput: table('events', { n: '2' }), VersionId: '0' }));
    await expect(late).rejects.toMatchObject({ name: 'ConcurrentModificationException' });
    const { Table: found } = await glue.send(new GetTableCommand({ DatabaseName: 'silver', Name: 'events' }));
    expect(found).toMatchObject({ VersionId: '1', Parameters: { n: '1' } });
  });

  test('of many writers with the same version exactly one wins, in whatever process they are', () => {
    const stores = Array.from({ length: 5 }, () => new CatalogStore(folder, () => new Date(0)));
    stores[0]!.createTable('silver', table('events'));
    const winners = stores.filter((store, index) => {
      try {
        store.updateTable('silver', table('events', { writer: String(index) }), '0');
        return true;
      } catch {
        return false;
      }
    });
    expect(winners).toHaveLength(1);
  });

  test('an update without a version follows whatever is current', async () => {
    await glue.send(new CreateTableCommand({ DatabaseName: 'silver', TableInput: table('events') }));
    for (const n of ['1', '2']) await glue.send(new UpdateTableCommand({ DatabaseName: 'silver', TableInput: table('events', { n }) }));
    const { TableVersions: versions } = await glue.send(new GetTableVersionsCommand({ DatabaseName: 'silver', TableName: 'events' }));
    expect(versions!.map((version) => version.VersionId)).toEqual(['2', '1', '0']);
  });

  test('SkipArchive leaves the version before out of the history', async () => {
    await glue.send(new CreateTableCommand({ DatabaseName: 'silver', TableInput: table('events') }));
    await glue.send(new UpdateTableCommand({ DatabaseName: 'silver', TableInput: table('events'), SkipArchive: true }));
    await glue.send(new UpdateTableCommand({ DatabaseName: 'silver', TableInput: table('events') }));
    const { TableVersions: versions } = await glue.send(new GetTableVersionsCommand({ DatabaseName: 'silver', TableName: 'events' }));
    expect(versions!.map((version) => version.VersionId)).toEqual(['2', '1']);
  });

  test('are found by an expression, page by page', async () => {
    for (const name of ['events', 'events_old', 'users']) await glue.send(new CreateTableCommand({ DatabaseName: 'silver', TableInput: table(name) }));
    const first = await glue.send(new GetTablesCommand({ DatabaseName: 'silver', Expression: 'events.*', MaxResults: 1 }));
    const second = await glue.send(new GetTablesCommand({ DatabaseName: 'silver', Expression: 'events.*', MaxResults: 1, NextToken: first.NextToken }));
    expect([...first.TableList!, ...second.TableList!].map((found) => found.Name)).toEqual(['events', 'events_old']);
    expect(second.NextToken).toBeUndefined();
  });

  test('missing ones are EntityNotFoundException', async () => {
    await expect(glue.send(new GetTableCommand({ DatabaseName: 'silver', Name: 'nope' }))).rejects.toMatchObject({ name: 'EntityNotFoundException' });
    await expect(glue.send(new DeleteTableCommand({ DatabaseName: 'nope', Name: 'nope' }))).rejects.toMatchObject({ name: 'EntityNotFoundException' });
  });

  test('survive a restart', async () => {
    await glue.send(new CreateTableCommand({ DatabaseName: 'silver', TableInput: table('events') }));
    await glue.send(new UpdateTableCommand({ DatabaseName: 'silver', TableInput: table('events', { n: '1' }), VersionId: '0' }));
    const reopened = new GlueService({ folder });
    expect(reopened.table('silver', 'events')).toMatchObject({ versionId: '1', parameters: { n: '1' }, columns: [{ name: 'id', type: 'string' }] });
  });
});

describe('partitions', () => {
  test('are filtered by an expression, numbers as numbers', async () => {
    const partitioned = { ...table('raw'), PartitionKeys: [{ Name: 'dt', Type: 'string' }, { Name: 'hour', Type: 'int' }] };
    await glue.send(new CreateTableCommand({ DatabaseName: 'silver', TableInput: partitioned }));
    const PartitionInputList = [['2025-01-01', '9'], ['2025-01-01', '10'], ['2025-01-02', '1']].map((Values) => ({ Values, StorageDescriptor: { Location: 's3://lake/x/' } }));
    const created = await glue.send(new BatchCreatePartitionCommand({ DatabaseName: 'silver', TableName: 'raw', PartitionInputList: [...PartitionInputList, PartitionInputList[0]!] }));
    expect(created.Errors).toMatchObject([{ PartitionValues: ['2025-01-01', '9'], ErrorDetail: { ErrorCode: 'AlreadyExistsException' } }]);
    const { Partitions: found } = await glue.send(new GetPartitionsCommand({ DatabaseName: 'silver', TableName: 'raw', Expression: "dt = '2025-01-01' AND hour > 9 OR dt IN ('2025-01-02')" }));
    expect(found!.map((partition) => partition.Values)).toEqual([['2025-01-01', '10'], ['2025-01-02', '1']]);
  });

  test('an expression that cannot be read is refused', async () => {
    await glue.send(new CreateTableCommand({ DatabaseName: 'silver', TableInput: { ...table('raw'), PartitionKeys: [{ Name: 'dt', Type: 'string' }] } }));
    await expect(glue.send(new GetPartitionsCommand({ DatabaseName: 'silver', TableName: 'raw', Expression: 'dt ~ 1' }))).rejects.toMatchObject({ name: 'InvalidInputException' });
  });
});

test('an action that is not there says so', async () => {
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { method: 'POST', headers: { 'x-amz-target': 'AWSGlue.StartJobRun' }, body: '{}' });
  expect(response.status).toBe(501);
  expect(await response.json()).toMatchObject({ __type: 'NotImplementedException' });
});
