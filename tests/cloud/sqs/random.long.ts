import { randomRuns } from '../../support/random-runs.ts';
import { runRandomly } from './random-model.ts';

test('whatever happens to a queue, what was sent is there until it is deleted, and not after', async () => {
  const { seed, numRuns } = randomRuns('SQS, random sequences with crashes', 40);
  for (let run = 0; run < numRuns; run++) await runRandomly(seed + run, 200);
}, 600_000);
