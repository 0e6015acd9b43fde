import { checkMutations, prepareMutations } from './check-mutations.ts';
import { VALID_STATEMENTS } from './statement-mutations.ts';
import type { TestCloud } from './support.ts';

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await prepareMutations();
});
afterAll(() => cloud.stop());

test('a statement with words dropped, doubled, swapped or replaced is answered as Athena answers, and changes nothing where it fails', async () => {
  for (const sql of VALID_STATEMENTS) await cloud.run(sql);
  await checkMutations(cloud, { numRuns: 30, seed: 20250101 });
});
