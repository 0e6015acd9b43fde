import fc from 'fast-check';
import { randomRuns } from '../support/random-runs.ts';
import { fileCases, rowCases } from './corpus/files.ts';
import { oversizeCases, recordCases } from './corpus/records.ts';
import { expectFileJudgedAlike, fuzzedFile, fuzzedFilesAreJudgedAlike, ingest } from './fuzz-files.ts';
import { brokenFields, capture, expectJudgedAlike, fuzzedRecord, fuzzedRecordsAreJudgedAlike } from './fuzz-records.ts';
import { fuzzedUser, userIsJudgedAlike } from './fuzz-users.ts';

describe('records of the event stream, whatever they are', () => {
  test.each([...recordCases, ...oversizeCases])('$name', async ({ bytes, broken, columns }) => {
    const [captured] = await capture([bytes]);
    expect(brokenFields(captured!.row.validation_errors)).toEqual(broken);
    if (columns) expect(captured!.row).toMatchObject(columns);
    expectJudgedAlike(captured!, bytes);
  });

  test('random and mutated records: none is dropped, every byte is kept, reasons and columns as a second judge has them', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fuzzedRecord, { minLength: 1, maxLength: 20 }), fuzzedRecordsAreJudgedAlike), randomRuns('fuzzed records', 60));
  });
});

describe('files of transactions, whatever is in them', () => {
  test.each(fileCases)('$name', async ({ name, bytes, expected }) => {
    const { outcome, rows } = await ingest(bytes, { name });
    if ('problem' in expected) {
      expect(outcome).toMatchObject({ state: 'failed', reason: expected.problem });
      expect(rows).toMatchObject([{ validation_errors: [`file: ${expected.problem}`], source_file: `/in/${name}` }]);
    } else {
      expect(outcome.state).toBe('done');
      expect(rows.map((row) => brokenFields(row['validation_errors'] as string[]))).toEqual(expected.rows);
      expectFileJudgedAlike(bytes, rows);
    }
  });

  test('every case of a row has its own text', () => {
    expect(new Set(rowCases.map(({ row }) => row.toString('latin1'))).size).toBe(rowCases.length);
  });

  test('random files, cut into parts and chunks of any size: rows, reasons and columns as a second judge has them', async () => {
    const size = fc.integer({ min: 1, max: 300 });
    await fc.assert(fc.asyncProperty(fuzzedFile, size, size, fuzzedFilesAreJudgedAlike), randomRuns('fuzzed files', 15));
  });
});

test('random rows of users: payload, reasons and columns as a second judge has them', () => {
  fc.assert(fc.property(fuzzedUser, userIsJudgedAlike), randomRuns('fuzzed users', 300));
});
