import { runRandomly } from './random-model.ts';

test.each([1, 2, 3])('whatever happens, what was sent is there until it is deleted, and not after (seed %d)', async (seed) => {
  await runRandomly(seed, 60);
});
