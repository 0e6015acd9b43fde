import fc from 'fast-check';
import { randomRuns } from '../support/random-runs.ts';
import { oversizeCases, recordCases } from './corpus/records.ts';
import { brokenFields, capture, expectJudgedAlike, fuzzedRecord, fuzzedRecordsAreJudgedAlike } from './fuzz-records.ts';

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
