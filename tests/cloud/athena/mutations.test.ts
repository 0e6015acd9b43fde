import { checkMutations, prepareMutations } from './check-mutations.ts';
import { VALID_STATEMENTS } from './statement-mutations.ts';
import type { TestCloud } from './support.ts';

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await prepareMutations();
});
afterAll(() => cloud.stop());

test('a statement with words dropped, doubled, swapped or replaced is answered as Athena answers, and changes nothing where it fails', async () => {
  await checkMutations(cloud, { numRuns: 80, seed: 20250101 });
}, 60_000);

test('the statements that are mutated are valid', async () => {
  const other = await prepareMutations();
  try {
    for (const sql of VALID_STATEMENTS) await other.run(sql);
  } finally {
    await other.stop();
  }
}, 60_000);
