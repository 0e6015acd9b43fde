import { Glue } from '@aws-sdk/client-glue';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GlueService } from '../../../localcloud/glue/index.ts';

const NAMES = { DatabaseName: 'silver', TableName: 'raw' };
let folder: string;
let server: Server;
let glue: Glue;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'glue-actions-'));
  const service = new GlueService({ folder });
  server = createServer((request, response) => void service.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  glue = new Glue({ endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 1 });
  await glue.createDatabase({ DatabaseInput: { Name: 'silver' } });
  await glue.createTable({ DatabaseName: 'silver', TableInput: { Name: 'raw', PartitionKeys: [{ Name: 'dt', Type: 'string' }], StorageDescriptor: { Columns: [{ Name: 'id', Type: 'string' }] } } });
});

afterEach(async () => {
  glue.destroy();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const partition = (dt: string, location = `s3://lake/${dt}/`) => ({ Values: [dt], StorageDescriptor: { Location: location, Columns: [{ Name: 'id', Type: 'string' }] } });

describe('partitions', () => {
  test('an update gives a partition a new description and leaves the time it was made', async () => {
    await glue.createPartition({ ...NAMES, PartitionInput: partition('a') });
    const made = (await glue.getPartition({ ...NAMES, PartitionValues: ['a'] })).Partition!;
    await glue.updatePartition({ ...NAMES, PartitionValueList: ['a'], PartitionInput: { ...partition('a', 's3://lake/moved/'), Parameters: { k: 'v' }, LastAccessTime: new Date(1000) } });
    const { Partition: found } = await glue.getPartition({ ...NAMES, PartitionValues: ['a'] });
    expect(found).toMatchObject({ StorageDescriptor: { Location: 's3://lake/moved/' }, Parameters: { k: 'v' }, CreationTime: made.CreationTime, LastAccessTime: new Date(1000) });
  });

  test('an update of one that is missing, or to other values, is refused', async () => {
    await expect(glue.updatePartition({ ...NAMES, PartitionValueList: ['a'], PartitionInput: partition('a') })).rejects.toMatchObject({ name: 'EntityNotFoundException' });
    await glue.createPartition({ ...NAMES, PartitionInput: partition('a') });
    await expect(glue.updatePartition({ ...NAMES, PartitionValueList: ['a'], PartitionInput: partition('b') })).rejects.toMatchObject({ name: 'InvalidInputException' });
    expect((await glue.getPartitions(NAMES)).Partitions!.map(({ Values }) => Values)).toEqual([['a']]);
  });

  test('a batch updates what it can and tells what it could not', async () => {
    await glue.createPartition({ ...NAMES, PartitionInput: partition('a') });
    const Entries = ['a', 'missing'].map((dt) => ({ PartitionValueList: [dt], PartitionInput: partition(dt, 's3://lake/new/') }));
    const { Errors: errors } = await glue.batchUpdatePartition({ ...NAMES, Entries });
    expect(errors).toMatchObject([{ PartitionValueList: ['missing'], ErrorDetail: { ErrorCode: 'EntityNotFoundException' } }]);
    expect((await glue.getPartition({ ...NAMES, PartitionValues: ['a'] })).Partition!.StorageDescriptor!.Location).toBe('s3://lake/new/');
    await expect(glue.batchUpdatePartition({ ...NAMES, Entries: Array.from({ length: 101 }, () => Entries[0]!) })).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('segments divide the partitions: each is in one of them, page by page, and stays there', async () => {
    const days = Array.from({ length: 30 }, (_, day) => String(day));
    await glue.batchCreatePartition({ ...NAMES, PartitionInputList: days.map((day) => partition(day)) });
    const inSegment = async (SegmentNumber: number): Promise<string[]> => {
      const found: string[] = [];
      let NextToken: string | undefined;
      do {
        const page = await glue.getPartitions({ ...NAMES, Segment: { SegmentNumber, TotalSegments: 3 }, MaxResults: 4, NextToken });
        found.push(...page.Partitions!.map(({ Values }) => Values![0]!));
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      return found;
    };
    const segments = [await inSegment(0), await inSegment(1), await inSegment(2)];
    expect(segments.every((segment) => segment.length > 4)).toBe(true);
    expect(segments.flat().sort()).toEqual([...days].sort());
    await glue.deletePartition({ ...NAMES, PartitionValues: [segments[0]![0]!] });
    expect(await inSegment(1)).toEqual(segments[1]);
    await expect(glue.getPartitions({ ...NAMES, Segment: { SegmentNumber: 0, TotalSegments: 11 } })).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(glue.getPartitions({ ...NAMES, Segment: { SegmentNumber: 3, TotalSegments: 3 } })).rejects.toMatchObject({ name: 'InvalidInputException' });
  });

  test('ExcludeColumnSchema leaves the columns out and nothing else', async () => {
    await glue.createPartition({ ...NAMES, PartitionInput: partition('a') });
    const { Partitions: found } = await glue.getPartitions({ ...NAMES, ExcludeColumnSchema: true });
    expect(found![0]!.StorageDescriptor).toEqual({ Location: 's3://lake/a/' });
  });
});

describe('table versions', () => {
  const table = { Name: 'raw', PartitionKeys: [{ Name: 'dt', Type: 'string' }] };
  const versions = async () => (await glue.getTableVersions(NAMES)).TableVersions!.map(({ VersionId }) => VersionId);

  test('a deleted one is gone for good; the current one and one that is missing are refused', async () => {
    for (const SkipArchive of [false, true, false]) await glue.updateTable({ DatabaseName: 'silver', TableInput: table, SkipArchive });
    expect(await versions()).toEqual(['3', '2', '0']);
    // Version 2 also says that version 1 is not history: it must go on saying so.
    await glue.deleteTableVersion({ ...NAMES, VersionId: '2' });
    expect(await versions()).toEqual(['3', '0']);
    await expect(glue.getTableVersion({ ...NAMES, VersionId: '2' })).rejects.toMatchObject({ name: 'EntityNotFoundException' });
    const { Errors: errors } = await glue.batchDeleteTableVersion({ ...NAMES, VersionIds: ['0', '2', '3'] });
    expect(errors).toMatchObject([
      { TableName: 'raw', VersionId: '2', ErrorDetail: { ErrorCode: 'EntityNotFoundException' } },
      { TableName: 'raw', VersionId: '3', ErrorDetail: { ErrorCode: 'InvalidInputException' } },
    ]);
    expect(await versions()).toEqual(['3']);
    expect((await glue.getTable({ DatabaseName: 'silver', Name: 'raw' })).Table!.VersionId).toBe('3');
  });

  test('the number of a deleted one is not given again', async () => {
    await glue.updateTable({ DatabaseName: 'silver', TableInput: table });
    await glue.deleteTableVersion({ ...NAMES, VersionId: '0' });
    await expect(glue.updateTable({ DatabaseName: 'silver', TableInput: table, VersionId: '0' })).rejects.toMatchObject({ name: 'ConcurrentModificationException' });
    await glue.updateTable({ DatabaseName: 'silver', TableInput: table });
    expect(await versions()).toEqual(['2', '1']);
  });
});

describe('tags', () => {
  const ResourceArn = 'arn:aws:glue:eu-west-1:000000000000:database/silver';

  test('of a database are added, replaced, removed, and go with it', async () => {
    await glue.tagResource({ ResourceArn, TagsToAdd: { team: 'data', cost: '1' } });
    await glue.tagResource({ ResourceArn, TagsToAdd: { cost: '2' } });
    await glue.untagResource({ ResourceArn, TagsToRemove: ['team', 'unknown'] });
    expect((await glue.getTags({ ResourceArn })).Tags).toEqual({ cost: '2' });
    expect((await glue.getDatabase({ Name: 'silver' })).Database).not.toHaveProperty('Tags');
    await glue.deleteDatabase({ Name: 'silver' });
    await expect(glue.getTags({ ResourceArn })).rejects.toMatchObject({ name: 'EntityNotFoundException' });
    await glue.createDatabase({ DatabaseInput: { Name: 'silver' }, Tags: { made: 'anew' } });
    expect((await glue.getTags({ ResourceArn })).Tags).toEqual({ made: 'anew' });
  });

  test('of tables, of other accounts, and more than fifty are refused', async () => {
    await expect(glue.getTags({ ResourceArn: 'arn:aws:glue:eu-west-1:000000000000:table/silver/raw' })).rejects.toMatchObject({ name: 'InvalidInputException' });
    await expect(glue.getTags({ ResourceArn: ResourceArn.replace('000000000000', '111111111111') })).rejects.toMatchObject({ name: 'EntityNotFoundException' });
    const tags = (prefix: string) => Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`${prefix}${index}`, '']));
    await glue.tagResource({ ResourceArn, TagsToAdd: tags('a') });
    await expect(glue.tagResource({ ResourceArn, TagsToAdd: tags('b') })).rejects.toMatchObject({ name: 'InvalidInputException' });
    expect(Object.keys((await glue.getTags({ ResourceArn })).Tags!)).toHaveLength(30);
  });
});

describe('bounds', () => {
  const create = (TableInput: object) => glue.createTable({ DatabaseName: 'silver', TableInput: { Name: 't', ...TableInput } });
  const columns = (column: object) => ({ StorageDescriptor: { Columns: [{ Name: 'id', Type: 'string' }, { Name: 'c', Type: 'string', ...column }] } });

  test('a name of 255 characters is kept, one of 256 refused where it stands', async () => {
    await create({ Name: 'n'.repeat(255) });
    expect((await glue.getTables({ DatabaseName: 'silver', Expression: 'n+' })).TableList!.map(({ Name }) => Name)).toEqual(['n'.repeat(255)]);
    const message = `1 validation error detected: Value '${'n'.repeat(256)}' at 'table.name' failed to satisfy constraint: Member must have length less than or equal to 255`;
    await expect(create({ Name: 'n'.repeat(256) })).rejects.toMatchObject({ name: 'ValidationException', message });
    await expect(glue.createDatabase({ DatabaseInput: { Name: 'n'.repeat(256) } })).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test.each([
    ['a column name', columns({ Name: 'c'.repeat(256) }), "'table.storageDescriptor.columns.2.member.name'"],
    ['a column comment', columns({ Comment: 'c'.repeat(256) }), "'table.storageDescriptor.columns.2.member.comment'"],
    ['a comment of two lines', columns({ Comment: 'a\nb' }), 'regular expression pattern'],
    ['a column type', columns({ Type: 't'.repeat(131_073) }), "'table.storageDescriptor.columns.2.member.type'"],
    ['a description', { Description: 'd'.repeat(2049) }, "'table.description'"],
    ['a parameter', { Parameters: { p: 'p'.repeat(512_001) } }, 'Map value must satisfy constraint'],
    ['a control character', { Name: 'a\u0000b' }, 'regular expression pattern'],
    ['half a surrogate pair', { Name: 'a\ud800' }, 'regular expression pattern'],
  ])('%s beyond AWS is refused', async (_what, input, text) => {
    await expect(create(input)).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining(text) as string });
  });

  test('a name no folder can have is refused as not supported, pages larger than AWS gives as AWS refuses them', async () => {
    await expect(create({ Name: 'ü'.repeat(100) })).rejects.toMatchObject({ name: 'NotImplementedException' });
    await create({ Name: 'ü'.repeat(30) });
    for (const MaxResults of [0, 101]) await expect(glue.getTables({ DatabaseName: 'silver', MaxResults })).rejects.toMatchObject({ name: 'ValidationException' });
    const batch = Array.from({ length: 26 }, (_, index) => ({ Values: [String(index)] }));
    await expect(glue.batchDeletePartition({ ...NAMES, PartitionsToDelete: batch })).rejects.toMatchObject({ name: 'ValidationException' });
  });
});
