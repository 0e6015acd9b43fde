import { randomRuns } from '../../support/random-runs.ts';
import { checkMutations, prepareMutations } from './check-mutations.ts';
import type { TestCloud } from './support.ts';

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await prepareMutations();
});
afterAll(() => cloud.stop());

test('mutated statements are answered as Athena answers, and change nothing where they fail', async () => {
  await checkMutations(cloud, randomRuns('mutated statements', 20_000));
});
