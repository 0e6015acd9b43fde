import fc from 'fast-check';
import { randomRuns } from '../support/random-runs.ts';
import { AFTERMATHS, callsOfPlay, eachIsHarmless, type Harm } from './crash.ts';

/** The first of a random order: all of them where there are no more. */
const someOf = (harms: readonly Harm[], { seed, numRuns }: { seed: number; numRuns: number }): Harm[] =>
  (fc.sample(fc.shuffledSubarray([...harms], { minLength: harms.length }), { seed, numRuns: 1 })[0] ?? []).slice(0, numRuns);

describe('at every call of loads and a rollback', () => {
  test('a function that is killed, or whose answer is lost, changes nothing in the end', async () => {
    const calls = await callsOfPlay();
    const harms = calls.flatMap((_, number) => AFTERMATHS.flatMap((aftermath) => (['before', 'after', 'lost'] as const).map((fault): Harm => ({ number, fault, aftermath }))));
    await eachIsHarmless(someOf(harms, randomRuns(`killed at any of ${calls.length} calls, ${harms.length} ways`, harms.length)), calls);
  });

  test('a function that is given up and goes on later changes nothing in the end', async () => {
    const calls = await callsOfPlay();
    const harms = calls.flatMap((_, number) => AFTERMATHS.flatMap((aftermath) => [1, 7, 30, 90, 250].map((wakesAfter): Harm => ({ number, fault: { wakesAfter }, aftermath }))));
    await eachIsHarmless(someOf(harms, randomRuns(`going on later at any of ${calls.length} calls, ${harms.length} ways`, harms.length)), calls);
  });
});
