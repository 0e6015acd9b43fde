import { LakeReader, STATEMENTS, makeLake, remove } from './crash-lake.ts';
import { checkPowerLosses } from './crash-power-loss.ts';

describe('a power loss, after which only what was synced is there, leaves the old state or the new one', () => {
  let lake: string;
  let reader: LakeReader;
  beforeAll(async () => {
    lake = await makeLake();
    reader = await LakeReader.open();
  });
  afterAll(() => {
    reader.close();
    remove(lake);
  });

  const chosen = new Set(['INSERT', 'MERGE', 'VACUUM', 'ALTER ADD COLUMNS', 'CREATE TABLE AS', 'DROP TABLE', 'CREATE DATABASE']);
  test.each(STATEMENTS.filter(({ name }) => chosen.has(name)))('$name', async (statement) => {
    // One when the statement's effect becomes durable, one after its end.
    expect(await checkPowerLosses(lake, statement, reader, { onlyHardest: true })).toBeGreaterThan(1);
  });
});
