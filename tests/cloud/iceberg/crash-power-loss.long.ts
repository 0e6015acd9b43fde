import fc from 'fast-check';
import { randomRuns } from '../../support/random-runs.ts';
import { LakeReader, STATEMENTS, makeLake, remove } from './crash-lake.ts';
import { checkPowerLosses } from './crash-power-loss.ts';

describe('a power loss at any point of a statement leaves the old state or the new one', () => {
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

  test.each(STATEMENTS)('$name, where only what was synced survives', async (statement) => {
    expect(await checkPowerLosses(lake, statement, reader)).toBeGreaterThan(1);
  });

  test.each(STATEMENTS)('$name, where any part of what was not synced survives too', async (statement) => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.boolean()), async (luck) => {
        await checkPowerLosses(lake, statement, reader, { survives: () => luck.next().value === true, when: () => true });
      }),
      randomRuns(`power losses of ${statement.name}`, 2),
    );
  });
});
