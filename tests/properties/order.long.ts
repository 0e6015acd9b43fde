import fc from 'fast-check';
import { randomRuns } from '../support/random-runs.ts';
import { openTestLake, type TestLake } from '../support/test-lake.ts';
import { orderDoesNotMatter, orderDoesNotMatterAfterSweep, upkeepDoesNotMatter } from './order.ts';
import { FAR_DAYS, NEAR_DAYS, scenario, upkeep } from './scenario.ts';

describe('order does not matter, at length', () => {
  let lake: TestLake;
  beforeEach(async () => {
    lake = await openTestLake();
  });
  afterEach(() => lake.stop());

  test('within the horizon', async () => {
    await fc.assert(fc.asyncProperty(scenario(NEAR_DAYS), (deliveries) => orderDoesNotMatter(lake, deliveries)), randomRuns('order does not matter', 60));
  });

  test('farther apart than the horizon', async () => {
    await fc.assert(fc.asyncProperty(scenario(FAR_DAYS), (deliveries) => orderDoesNotMatterAfterSweep(lake, deliveries)), randomRuns('order does not matter after a sweep', 60));
  });

  test('with sweeps, maintenance, rollbacks, backfills and decisions about quarantined records in between', async () => {
    const property = fc.asyncProperty(scenario(FAR_DAYS), upkeep, (deliveries, actions) => upkeepDoesNotMatter(lake, deliveries, actions));
    await fc.assert(property, randomRuns('upkeep does not matter', 40));
  });
});
