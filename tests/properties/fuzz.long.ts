import fc from 'fast-check';
import { startPipeline, type LocalPipeline } from '../../cli/local/start-pipeline.ts';
import { temporaryDirectory } from '../support/floe.ts';
import { randomRuns } from '../support/random-runs.ts';
import { fileCases, type FileCase } from './corpus/files.ts';
import { recordCases } from './corpus/records.ts';
import { userCases } from './corpus/users.ts';
import { fuzzedFile, fuzzedFilesAreJudgedAlike } from './fuzz-files.ts';
import { expectAccounted, expectConservedTurn, expectIdleTurn, send, type Input } from './fuzz-pipeline.ts';
import { fuzzedRecord, fuzzedRecordsAreJudgedAlike } from './fuzz-records.ts';
import { fuzzedUser, userIsJudgedAlike } from './fuzz-users.ts';

describe('fuzzed input, at length', () => {
  test('records', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fuzzedRecord, { minLength: 1, maxLength: 20 }), fuzzedRecordsAreJudgedAlike), randomRuns('fuzzed records', 20_000));
  });

  test('files', async () => {
    const size = fc.integer({ min: 1, max: 300 });
    await fc.assert(fc.asyncProperty(fuzzedFile, size, size, fuzzedFilesAreJudgedAlike), randomRuns('fuzzed files', 2_000));
  });

  test('users', () => {
    fc.assert(fc.property(fuzzedUser, userIsJudgedAlike), randomRuns('fuzzed users', 100_000));
  });

  test('the whole pipeline, several runs', async () => {
    const { directory, remove } = temporaryDirectory();
    const { seed, numRuns } = randomRuns('fuzzed pipeline', 4);
    const rounds: Input[] = [{ records: recordCases.map(({ bytes }) => bytes), files: fileCases, users: userCases }];
    for (let round = 1; round < numRuns; round += 1) {
      const records = fc.sample(fuzzedRecord, { seed: seed + round, numRuns: 2_000 });
      // a header alone comes several times, which makes no row
      const files = fc.sample(fuzzedFile, { seed: seed + round, numRuns: 20 }).map((bytes, index): FileCase => ({ name: `random-${round}-${index}.csv`, bytes, expected: { rows: [] } }));
      rounds.push({ records, files, users: [] });
    }
    let pipeline: LocalPipeline | undefined;
    try {
      pipeline = await startPipeline({ projectRoot: process.cwd(), dataDir: `${directory}/data`, port: 0 });
      for (const [index, round] of rounds.entries()) {
        await send(pipeline, round);
        await expectConservedTurn(pipeline);
        const sent = rounds.slice(0, index + 1);
        await expectAccounted(pipeline, { records: sent.flatMap(({ records }) => records), files: sent.flatMap(({ files }) => files), users: userCases });
      }
      await expectIdleTurn(pipeline);
    } finally {
      await pipeline?.stop();
      remove();
    }
  });
});
