import { readFileSync } from 'node:fs';
import type { FunctionResult } from '../../localcloud/core/ports.ts';
import { StatesBench } from '../cloud/states/support.ts';

const workflow: unknown = JSON.parse(readFileSync('workflows/hourly.asl.json', 'utf8'));
const BUSY = { busy: { reason: 'run R is in progress', waits: true } };
const BEGUN = { runId: 'S', stages: [], recovered: [], restored: [], unmarked: {}, busy: null };

let bench: StatesBench;
beforeEach(() => { bench = new StatesBench(); });
afterEach(() => bench.close());

/** Answers what begin is scripted to, one after the other; a commit succeeds. */
const answerBegin = (...answers: unknown[]): void => {
  bench.invoke = (name): FunctionResult => ({ ok: true, payload: name.includes('RunBegin') ? answers.shift() : { subject: 's' } });
};

describe('a run that meets another one', () => {
  test('waits where it was told to, and begins when the lake is free', async () => {
    answerBegin(BUSY, BUSY, BEGUN);
    expect(await bench.run(workflow, { ifBusy: 'wait' })).toMatchObject({ status: 'SUCCEEDED' });
    expect(bench.slept).toEqual([120_000, 120_000]);
    expect(bench.invoked[0]?.event).toEqual({ execution: 'execution', startedAt: expect.stringMatching(/Z$/) as string, input: { ifBusy: 'wait' } });
    expect(bench.published).toHaveLength(1);
  });

  test('else ends by the name of what happened, and notifies nobody', async () => {
    answerBegin({ busy: { ...BUSY.busy, waits: false } });
    expect(await bench.run(workflow)).toMatchObject({ status: 'FAILED', error: 'RunInProgressError', cause: 'run R is in progress' });
    expect(bench.published).toEqual([]);
  });
});
