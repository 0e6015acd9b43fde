import { runClients, runWriters } from './processes-run.ts';
import type { Writer } from './processes-run.ts';

describe('eight processes that commit to one table at once', () => {
  const rounds = Number(process.env['FLOE_RUNS'] ?? 10);

  test.each(Array.from({ length: rounds }, (_, index) => index + 1))('round %d: some are killed in the middle, none loses what it was told', async (round) => {
    const writers: Writer[] = [
      ...Array.from({ length: 3 }, (): Writer => ({ kind: 'insert', times: 20 })),
      { kind: 'insert', times: 1000, killAfter: 3 + round },
      { kind: 'merge', times: 10 },
      { kind: 'merge', times: 10 },
      { kind: 'merge', times: 1000, killAfter: 2 + round },
      { kind: 'clean', times: 1000, killAfter: 12 },
    ];
    const finished = await runWriters(writers);
    const count = (of: 'committed' | 'refused'): number => finished.reduce((sum, run) => sum + run[of].length, 0);
    process.stdout.write(`round ${round}: ${count('committed')} committed, ${count('refused')} refused\n`);
  });
});

test('eight clients of one cloud, many statements', async () => {
  const kinds = Array.from({ length: 8 }, (_, index): Writer => (index < 4 ? { kind: 'insert', times: 20 } : { kind: 'merge', times: 15 }));
  const finished = await runClients([...kinds, { kind: 'insert', times: 1000, killAfter: 5 }, { kind: 'merge', times: 1000, killAfter: 3 }]);
  expect(finished.slice(0, 4).map(({ refused }) => refused)).toEqual([[], [], [], []]);
});
