import type { RunRequest } from '../../src/lib/run/index.ts';
import { createModel, type ModelCall, type ModelFault } from './crash-model.ts';

export type Model = ReturnType<typeof createModel>;

/** asked again: the workflow asks a function anew that is gone. failed: it aborts the run. ended: nothing of the execution goes on. */
export type Aftermath = 'asked again' | 'failed' | 'ended';
export const AFTERMATHS: readonly Aftermath[] = ['asked again', 'failed', 'ended'];

export const LOAD: RunRequest = { kind: 'load', accept: [] };
/** Silver ends above what lies in `old`; gold keeps it. */
export const RETENTION: RunRequest = { kind: 'retention', accept: [], retained: { before: '2025-06-01' } };
const SILVER = ['a', 'b', 'c'];
const ALL = [...SILVER, 'old'];

/** What a run can be: a first load, another one, a rollback behind it, the load that brings back what that took away, and a retention. */
const play = async (model: Model, aftermath: Aftermath): Promise<void> => {
  const asksAgain = aftermath === 'asked again';
  model.deliver('a');
  model.deliver('old');
  await model.execute('one', LOAD, asksAgain);
  model.deliver('b');
  await model.execute('two', LOAD, asksAgain);
  const [first] = [...model.world.commits.keys()];
  if (first !== undefined) await model.execute('back', { kind: 'rollback', accept: [], to: first }, asksAgain);
  model.deliver('c');
  await model.execute('three', LOAD, asksAgain);
  await model.execute('retention', RETENTION, asksAgain);
};

/** The calls of a play that nothing harms. */
export const callsOfPlay = async (): Promise<ModelCall[]> => {
  const model = createModel();
  const calls: ModelCall[] = [];
  model.world.onCall = (call) => void calls.push(call);
  await play(model, 'asked again');
  expect(model.failures).toEqual([]);
  await expectWhole(model, ALL, SILVER);
  return calls;
};

/** Every object is in silver, as far as retention has left it, in gold and taken; the record of each commit says what was committed. */
export const expectWhole = async (model: Model, all: readonly string[], silver = all): Promise<void> => {
  expect(await model.state()).toEqual({ silver, gold: all, taken: all, held: 0, open: null });
  for (const { recorded, recordedKey, committed, takenKey } of await model.records()) expect({ recorded, recordedKey }).toEqual({ recorded: committed, recordedKey: takenKey });
};

/** Runs that nothing harms: the second one sees what the first has left behind. */
export const recover = async (model: Model): Promise<void> => {
  model.world.onCall = () => undefined;
  for (const execution of ['quiet 1', 'quiet 2', 'quiet 3']) await model.execute(execution, LOAD);
};

export interface Harm {
  /** Which call of the play, from 0. */
  number: number;
  /** zombie: the function is given up there and goes on after so many more calls. */
  fault: 'before' | 'after' | 'lost' | { wakesAfter: number };
  aftermath: Aftermath;
}

/** Plays with a call that is harmed, and runs on until all is quiet: the end is what it would have been without. */
export const harmIsHarmless = async ({ number, fault, aftermath }: Harm): Promise<void> => {
  const model = createModel();
  let made = 0;
  let wake = (): void => undefined;
  let zombie: number | undefined;
  model.world.onCall = async ({ invocation }): Promise<ModelFault | undefined> => {
    if (invocation === zombie) return undefined;
    const call = made++;
    if (call === number && aftermath === 'ended') model.endExecutions();
    if (typeof fault !== 'object') return call === number ? fault : undefined;
    if (call === number) {
      zombie = invocation;
      return { until: new Promise<void>((resolve) => (wake = resolve)) };
    }
    if (call === number + fault.wakesAfter) {
      wake();
      await model.zombiesEnded();
    }
    return undefined;
  };
  await play(model, aftermath);
  wake();
  await model.zombiesEnded();
  await recover(model);
  await model.execute('quiet retention', RETENTION);
  await expectWhole(model, ALL, SILVER);
};

/** @throws Error that says which harm was none, so that it can be repeated */
export const eachIsHarmless = async (harms: readonly Harm[], calls: readonly ModelCall[]): Promise<void> => {
  for (const harm of harms) {
    try {
      await harmIsHarmless(harm);
    } catch (error) {
      throw new Error(`${JSON.stringify(harm)} at ${JSON.stringify(calls[harm.number])}: ${(error as Error).message}`, { cause: error });
    }
  }
};
