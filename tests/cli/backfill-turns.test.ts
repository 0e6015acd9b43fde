import { runBackfill } from '../../cli/pipeline/run-backfill.ts';
import type { Connection } from '../../cli/pipeline/connection.ts';

/** A workflow whose every run is a step that commits at once; `dates`: where the backfill stands after each. */
const workflowWith = (dates: readonly (string | null)[]): Connection => {
  const left = [...dates];
  const send = async ({ constructor: { name } }: object): Promise<object> => {
    if (name === 'StartExecutionCommand') return { executionArn: 'run' };
    if (name !== 'DescribeExecutionCommand') return { events: [] };
    const date = left.shift() ?? null;
    return { status: 'SUCCEEDED', output: JSON.stringify({ backfill: { next: date === null ? null : { date } } }) };
  };
  return { clients: { sfn: { send } }, names: { hourlyWorkflow: 'hourly' } } as unknown as Connection;
};

const follow = async (afterMs: number): Promise<string[]> => {
  const told: string[] = [];
  await runBackfill(workflowWith(['2025-01-02', '2025-01-03', null]), { from: '2025-01-01', to: '2025-01-03' }, { date: '2025-01-01' } as never, {
    signal: new AbortController().signal,
    onStep: () => undefined,
    onCommitted: (next) => told.push(next?.date ?? 'done'),
    onWait: (reason) => told.push(reason),
    turnOfOthers: { afterMs, forMs: 1 },
  });
  return told;
};

test('a long backfill leaves the lake to runs that wait for it, between steps; a short one goes through', async () => {
  const left = 'the lake is left to runs that wait for it';
  expect(await follow(0)).toEqual(['2025-01-02', left, '2025-01-03', left, 'done']);
  expect(await follow(60_000)).toEqual(['2025-01-02', '2025-01-03', 'done']);
});
