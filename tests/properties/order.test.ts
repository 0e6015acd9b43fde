import fc from 'fast-check';
import { randomRuns } from '../support/random-runs.ts';
import { openTestLake, type TestLake } from '../support/test-lake.ts';
import { orderDoesNotMatter, orderDoesNotMatterAfterSweep } from './order.ts';
import { FAR_DAYS, NEAR_DAYS, scenario } from './scenario.ts';

describe('order does not matter', () => {
  let lake: TestLake;
  beforeAll(async () => {
    lake = await openTestLake();
  }, 60_000);
  afterAll(() => lake.stop());

  test('within the horizon: random batches equal one run, and a second implementation', async () => {
    await fc.assert(fc.asyncProperty(scenario(NEAR_DAYS), (deliveries) => orderDoesNotMatter(lake, deliveries)), randomRuns('order does not matter', 2));
  }, 240_000);

  test('farther apart than the horizon: the same after a sweep', async () => {
    await fc.assert(fc.asyncProperty(scenario(FAR_DAYS), (deliveries) => orderDoesNotMatterAfterSweep(lake, deliveries)), randomRuns('order does not matter after a sweep', 1));
  }, 240_000);
});
