import fc from 'fast-check';
import { randomRuns } from '../support/random-runs.ts';
import { crashesOf, crashIsHarmless, zombieIsHarmless, type Crash } from './crash-anywhere.ts';
import { openCrashLake, recordPass, type CrashLake } from './crash-lake.ts';
import { KILL_POINTS, testKilledPipelines } from './killed-pipelines.ts';

/** Runs on one lake before it is maintained: many small files make every statement slower. */
const RUNS_BETWEEN_MAINTENANCE = 15;

/** In another order in each run of the tests, so that a part of them meets other points each time. */
const shuffled = <T>(values: readonly T[], seed: number): T[] =>
  fc.sample(fc.shuffledSubarray([...values], { minLength: values.length }), { seed, numRuns: 1 })[0] ?? [];

describe('a pipeline whose functions are killed', () => {
  const { seed, numRuns } = randomRuns('crash anywhere', 1_000);
  let crash: CrashLake;
  let crashes: Crash[];
  beforeAll(async () => {
    crash = await openCrashLake(seed);
    await recordPass(crash);
    crashes = shuffled(crashesOf(await recordPass(crash)), seed);
  });
  afterAll(() => crash.close());

  const each = async <T>(title: string, cases: readonly T[], test: (one: T) => Promise<void>): Promise<void> => {
    const tried = cases.slice(0, numRuns);
    process.stdout.write(`${title}: ${tried.length} of ${cases.length}\n`);
    for (const [index, one] of tried.entries()) {
      if (index % RUNS_BETWEEN_MAINTENANCE === RUNS_BETWEEN_MAINTENANCE - 1) await crash.lake.maintain();
      try {
        await test(one);
      } catch (error) {
        throw new Error(`FLOE_SEED=${seed}, number ${index}: ${JSON.stringify(one)}`, { cause: error });
      }
    }
  };

  test('at any call ends as one that was not', async () => {
    await each('crashes', crashes, (one) => crashIsHarmless(crash, one));
  });

  test('and go on later, in the middle of what came after them', async () => {
    // a zombie is given up before its call, whatever it was killed at
    const zombies = crashes
      .filter(({ fault }) => fault === 'before')
      .map(({ point, aftermath }, index) => ({ point, aftermath, wakesAfter: 1 + ((seed + index * 37) % 250) }));
    await each('zombies', zombies, (one) => zombieIsHarmless(crash, one));
  });
});

describe('a pipeline whose process is killed', () => testKilledPipelines(Object.values(KILL_POINTS)));
