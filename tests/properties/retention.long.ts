import fc from 'fast-check';
import { randomRuns } from '../support/random-runs.ts';
import { retentionCase, retentionKeepsTheRest } from './retention.ts';

test('retention between batches, at length', async () => {
  await fc.assert(fc.asyncProperty(retentionCase, retentionKeepsTheRest), randomRuns('retention keeps the rest', 40));
});
