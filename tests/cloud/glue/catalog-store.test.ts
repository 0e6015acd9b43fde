import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CatalogStore } from '../../../localcloud/glue/index.ts';

describe('the catalog on disk', () => {
  let folder: string;
  let store: CatalogStore;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'catalog-'));
    store = new CatalogStore(folder, () => new Date(0));
    store.createDatabase({ Name: 'db' });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const KEYED = { Name: 't', PartitionKeys: [{ Name: 'k' }] };
  const values = (): string[][] => store.partitions('db', 't').map(({ Values }) => Values);

  test('keeps partitions of any value: long ones, and those that begin with a dot', () => {
    store.createTable('db', KEYED);
    const all = ['.5', '..', 'ü'.repeat(300), `${'ü'.repeat(300)}x`];
    for (const value of all) store.createPartition('db', 't', { Values: [value] });
    expect(values().flat().sort()).toEqual([...all].sort());
    expect(() => {
      store.createPartition('db', 't', { Values: ['ü'.repeat(300)] });
    }).toThrow('Partition already exists.');
    store.deletePartition('db', 't', ['..']);
    expect(store.partition('db', 't', ['..'])).toBeUndefined();
  });

  test('a new table does not get the partitions of one that a process did not come to make', () => {
    const partitions = path.join(folder, 'db', 't', 'partitions');
    mkdirSync(partitions, { recursive: true });
    writeFileSync(path.join(partitions, 'old.json'), JSON.stringify({ Values: ['old'] }));
    store.createTable('db', KEYED, [{ Values: ['new'] }]);
    expect(values()).toEqual([['new']]);
  });

  test('what a process left that died while it dropped a table goes with the next drop, and is no table', () => {
    mkdirSync(path.join(folder, 'db', '.deleted-x'));
    store.createTable('db', KEYED);
    expect(store.tables('db').map(({ Name }) => Name)).toEqual(['t']);
    store.deleteTable('db', 't');
    expect(readdirSync(path.join(folder, 'db'))).toEqual(['.database.json']);
  });
});
