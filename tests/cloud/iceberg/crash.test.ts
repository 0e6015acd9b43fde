import { LakeReader, STATEMENTS, makeLake, remove } from './crash-lake.ts';
import { checkCrash, passageOf } from './crash-points.ts';

/** All points of all statements: `npm run test:long`. */
describe('a process that dies in the middle of a statement leaves the old state or the new one', () => {
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

  test.each(['MERGE', 'CREATE TABLE AS'])('%s', async (name) => {
    const statement = STATEMENTS.find((candidate) => candidate.name === name)!;
    const passage = await passageOf(lake, statement, reader);
    // Somewhere in the writing, and just before the end, where the catalog knows of it already.
    const places = [Math.floor(passage.points.length / 2), passage.points.length - 2];
    for (const place of places) await checkCrash(lake, passage, passage.points[place]!, reader);
  });
});
