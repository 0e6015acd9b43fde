import { cpSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { randomRuns } from '../../support/random-runs.ts';
import { LakeReader, STATEMENTS, makeLake, remove, temporaryFolder } from './crash-lake.ts';
import { checkFound, passageOf } from './crash-points.ts';
import { bundle, runProgram } from './processes-support.ts';

/** What `crash.long.ts` plays in one process, here with the system's own SIGKILL, for points chosen at random. */
test('a process killed at any point of a statement leaves the old state or the new one', async () => {
  const lake = await makeLake();
  const scratch = temporaryFolder();
  const reader = await LakeReader.open();
  const program = bundle('tests/cloud/iceberg/crash-program.ts', scratch);
  try {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...STATEMENTS), fc.nat(), async (statement, chosen) => {
        const passage = await passageOf(lake, statement, reader);
        const { at } = passage.points[chosen % passage.points.length] ?? { at: 0 };
        const dataDir = path.join(scratch, 'lake');
        cpSync(lake, dataDir, { recursive: true, preserveTimestamps: true });
        const { killed } = await runProgram(program, [dataDir, String(at), statement.sql, String(statement.laterMs ?? 0)]);
        expect(killed).toBe(true);
        const found = temporaryFolder(); // another path: nothing remembered of the run before is taken for it
        cpSync(dataDir, found, { recursive: true, preserveTimestamps: true });
        try {
          await checkFound(found, passage, reader);
        } finally {
          remove(found);
          remove(dataDir);
        }
      }),
      randomRuns('kills at crash points', 25),
    );
  } finally {
    reader.close();
    remove(scratch);
    remove(lake);
  }
});
