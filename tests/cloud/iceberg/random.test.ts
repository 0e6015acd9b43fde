import { runRandomly } from './random-run.ts';

test('after any sequence of statements and crashes, the table and all its snapshots are what a plain list would be', async () => {
  expect((await runRandomly('statements and crashes', 8, 2)).steps).toBeGreaterThan(7);
});
