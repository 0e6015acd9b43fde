import fc from 'fast-check';
import { startPipeline, type LocalPipeline } from '../../cli/local/start-pipeline.ts';
import { temporaryDirectory } from '../support/floe.ts';
import { randomRuns } from '../support/random-runs.ts';
import { fileCases } from './corpus/files.ts';
import { recordCases } from './corpus/records.ts';
import { userCases } from './corpus/users.ts';
import { expectAccounted, expectConservedTurn, expectIdleTurn, send, type Input } from './fuzz-pipeline.ts';
import { fuzzedRecord } from './fuzz-records.ts';

test('whatever comes in by stream, file and database is in silver or in quarantine, byte for byte; a second run changes nothing', async () => {
  const { directory, remove } = temporaryDirectory();
  const { seed, numRuns } = randomRuns('fuzzed pipeline', 200);
  const records = [...recordCases.map(({ bytes }) => bytes), ...fc.sample(fuzzedRecord, { seed, numRuns })];
  const input: Input = { records, files: fileCases, users: userCases };
  let pipeline: LocalPipeline | undefined;
  try {
    pipeline = await startPipeline({ projectRoot: process.cwd(), dataDir: `${directory}/data`, port: 0 });
    await send(pipeline, input);
    await expectConservedTurn(pipeline);
    await expectAccounted(pipeline, input);
    await expectIdleTurn(pipeline);
  } finally {
    await pipeline?.stop();
    remove();
  }
}, 300_000);
