import { randomRuns } from '../support/random-runs.ts';
import { crashesOf, crashIsHarmless } from './crash-anywhere.ts';
import { openCrashLake, recordPass, type CrashLake } from './crash-lake.ts';

/** One of the points that crash.long.ts goes through; tests/properties/crash.test.ts tries many, on a cloud in memory. */
describe('a pipeline whose function is killed', () => {
  const { seed, numRuns } = randomRuns('a crash of the pipeline', 1);
  let crash: CrashLake;
  beforeAll(async () => {
    crash = await openCrashLake(seed);
  }, 120_000);
  afterAll(() => crash.close());

  test('at some call ends as one that was not', async () => {
    const crashes = crashesOf(await recordPass(crash));
    expect(crashes.length).toBeGreaterThan(200);
    for (let number = 0; number < numRuns; number += 1) await crashIsHarmless(crash, crashes[(seed + number) % crashes.length]!);
  }, 240_000);
});
