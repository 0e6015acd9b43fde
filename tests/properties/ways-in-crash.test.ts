import fc from 'fast-check';
import { randomRuns } from '../support/random-runs.ts';
import type { Harm } from './harmed-calls.ts';
import { eachLeavesTheSame, unharmed, WAYS_IN } from './ways-in-crash.ts';

test.each(WAYS_IN)('$name killed at any call, or given up there and going on later, leaves the same behind', async (way) => {
  const { seed, numRuns } = randomRuns(way.name, 8);
  const { left, calls } = await unharmed(way);
  const harm: fc.Arbitrary<Harm> = fc.record({
    number: fc.nat(calls - 1),
    fault: fc.oneof(fc.constantFrom<Harm['fault']>('before', 'middle', 'after'), fc.record({ wakesAfter: fc.integer({ min: 1, max: calls }) })),
  });
  await eachLeavesTheSame(way, left, fc.sample(harm, { seed, numRuns }));
}, 60_000);
