import type { Harm } from './harmed-calls.ts';
import { eachLeavesTheSame, unharmed, WAYS_IN } from './ways-in-crash.ts';

test.each(WAYS_IN)('$name killed at every call, or given up there and going on later, leaves the same behind', async (way) => {
  const { left, calls } = await unharmed(way);
  const faults: Harm['fault'][] = ['before', 'middle', 'after', ...[1, 2, 3, 5, 8, 13, 21, 34, 55].map((wakesAfter) => ({ wakesAfter }))];
  const harms = Array.from({ length: calls }, (_, number) => faults.map((fault): Harm => ({ number, fault }))).flat();
  process.stdout.write(`${way.name}: ${calls} calls, ${harms.length} harms\n`);
  await eachLeavesTheSame(way, left, harms);
});
