import { GetTableCommand, UpdateTableCommand } from '@aws-sdk/client-glue';
import type { GlueClient } from '@aws-sdk/client-glue';
import { createTableSnapshots, SnapshotExpiredError } from '../../../src/lib/lake/index.ts';
import { memoryObjects } from '../support/fakes.ts';

/** Two tables with the same history, one of which has lost its first snapshot. */
const createLake = async () => {
  const objects = memoryObjects();
  const updated: string[] = [];
  const put = (name: string, snapshots: readonly number[]): Promise<void> =>
    objects.put(`silver/${name}/metadata/00001-x.metadata.json`, JSON.stringify({ 'format-version': 2, 'last-updated-ms': 2, 'current-snapshot-id': 12, snapshots: snapshots.map((id) => ({ 'snapshot-id': id, 'timestamp-ms': 1 })) }));
  await put('events', [11, 12]);
  await put('users', [12]);
  const send = async (command: unknown): Promise<object> => {
    if (command instanceof GetTableCommand) {
      const { Name } = command.input;
      return { Table: { Name, DatabaseName: 'silver', VersionId: '1', Parameters: { metadata_location: `s3://lake/silver/${Name ?? ''}/metadata/00001-x.metadata.json` } } };
    }
    if (command instanceof UpdateTableCommand) updated.push(command.input.TableInput?.Name ?? '');
    return {};
  };
  return { updated, snapshots: createTableSnapshots({ glue: { send } as unknown as GlueClient, objects, databasePrefix: '' }) };
};

describe('going back', () => {
  test('moves the tables that stand elsewhere', async () => {
    const { updated, snapshots } = await createLake();
    expect(await snapshots.restore({ 'silver.events': '11', 'silver.users': '12' }, async () => undefined)).toEqual(['silver.events']);
    expect(updated).toEqual(['events']);
  });

  test('moves no table at all where one of them no longer has its snapshot', async () => {
    const { updated, snapshots } = await createLake();
    await expect(snapshots.restore({ 'silver.events': '11', 'silver.users': '11' }, async () => undefined)).rejects.toThrow(SnapshotExpiredError);
    expect(updated).toEqual([]);
  });
});
