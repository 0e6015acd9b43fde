import fc from 'fast-check';
import { randomRuns } from '../support/random-runs.ts';
import { AFTERMATHS, callsOfPlay, eachIsHarmless, type Harm } from './crash.ts';

test('a function killed at any call, or given up there and going on later, changes nothing in the end', async () => {
  const { seed, numRuns } = randomRuns('a crash anywhere', 12);
  const calls = await callsOfPlay();
  const harm: fc.Arbitrary<Harm> = fc.record({
    number: fc.nat(calls.length - 1),
    fault: fc.oneof(fc.constantFrom<Harm['fault']>('before', 'after', 'lost'), fc.record({ wakesAfter: fc.integer({ min: 1, max: 300 }) })),
    aftermath: fc.constantFrom(...AFTERMATHS),
  });
  await eachIsHarmless(fc.sample(harm, { seed, numRuns }), calls);
}, 240_000);
