import { runRandomly } from './random-run.ts';

test('after any sequence of statements and crashes, the table and all its snapshots are what a plain list would be', async () => {
  const { steps, deaths } = await runRandomly('statements and crashes', 30, 60);
  process.stdout.write(`${steps} steps, ${deaths} crashes\n`);
});
