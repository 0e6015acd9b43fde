import fc from 'fast-check';
import { randomRuns } from '../support/random-runs.ts';
import { AFTER, BEFORE } from './retention-case.ts';
import { retentionCase, retentionKeepsTheRest } from './retention.ts';

test('retention between batches, at length', async () => {
  await fc.assert(fc.asyncProperty(retentionCase, retentionKeepsTheRest), randomRuns('retention keeps the rest', 40));
});

test('retention between batches, and a backfill after it', async () => {
  await retentionKeepsTheRest({ deliveries: [...BEFORE, ...AFTER], floorDay: 30, backfills: true, goesBack: false });
});
