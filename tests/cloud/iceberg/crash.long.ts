import { LakeReader, STATEMENTS, makeLake, remove } from './crash-lake.ts';
import { checkCrash, passageOf } from './crash-points.ts';

describe('a process that dies at any point of a statement leaves the old state or the new one', () => {
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

  test.each(STATEMENTS)('$name', async (statement) => {
    const passage = await passageOf(lake, statement, reader);
    for (const point of passage.points) await checkCrash(lake, passage, point, reader);
    process.stdout.write(`${statement.name}: ${passage.points.length} crash points\n`);
  });
});
