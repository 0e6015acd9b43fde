import fc from 'fast-check';
import { FAR_DAYS, scenario } from '../properties/scenario.ts';
import { randomRuns } from '../support/random-runs.ts';
import { openTestLake, type TestLake } from '../support/test-lake.ts';
import { backfillBringsBack } from './backfill.ts';

describe('a backfill at length', () => {
  let lake: TestLake;
  beforeAll(async () => {
    lake = await openTestLake();
  }, 60_000);
  afterAll(() => lake.stop());

  test('brings back what is lost of random input, also farther apart than the horizon', async () => {
    await fc.assert(fc.asyncProperty(scenario(FAR_DAYS), fc.nat(2), (deliveries, lost) => backfillBringsBack(lake, deliveries, lost)), randomRuns('a backfill brings back', 30));
  }, 3_600_000);
});
