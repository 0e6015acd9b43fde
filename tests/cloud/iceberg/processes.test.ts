import { runClients, runWriters } from './processes-run.ts';

describe('eight processes that commit to one table at once', () => {
  test('every commit that was told of is there, once; those refused are not', async () => {
    const finished = await runWriters([
      { kind: 'insert', times: 3 },
      { kind: 'insert', times: 3 },
      { kind: 'insert', times: 3 },
      { kind: 'insert', times: 40, killAfter: 2 },
      { kind: 'merge', times: 2 },
      { kind: 'merge', times: 2 },
      { kind: 'merge', times: 30, killAfter: 2 },
      { kind: 'clean', times: 3 },
    ]);
    // An INSERT is tried again after a lost race: none of them needs to be refused.
    expect(finished.slice(0, 3).map(({ committed }) => committed.length)).toEqual([3, 3, 3]);
  });
});

describe('eight clients of one cloud that write to one table at once', () => {
  test('every statement that SUCCEEDED is there, once; those that FAILED with ICEBERG_COMMIT_ERROR are not', async () => {
    const finished = await runClients([
      ...Array.from({ length: 5 }, () => ({ kind: 'insert' as const, times: 2 })),
      ...Array.from({ length: 3 }, () => ({ kind: 'merge' as const, times: 1 })),
    ]);
    expect(finished.slice(0, 5).map(({ committed }) => committed.length)).toEqual([2, 2, 2, 2, 2]);
  });
});
