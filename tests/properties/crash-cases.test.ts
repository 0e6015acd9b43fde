import { expectWhole, LOAD, recover, type Model } from './crash.ts';
import { createModel, type ModelCall } from './crash-model.ts';
import type { RunRequest } from '../../src/lib/run/index.ts';

const HOUR = 3_600_000;
const MAINTENANCE: RunRequest = { kind: 'maintenance', accept: [] };

/** Does something once, when a call is made; `of` and `operation` as they begin. */
const onceAt = (model: Model, of: string, operation: string, act: (call: ModelCall) => Promise<void> | void): void => {
  let isDone = false;
  model.world.onCall = async (call) => {
    if (isDone || call.of !== of || !call.operation.startsWith(operation)) return undefined;
    isDone = true;
    await act(call);
    return undefined;
  };
};

const jump = (model: Model, milliseconds: number): void => {
  model.world.now = new Date(model.world.now.getTime() + milliseconds);
};

const endBefore = (model: Model, statement: string, operation: string): undefined => {
  if (operation === statement) model.endExecutions();
};

describe('what must be harmless to a lake', () => {
  let model: Model;
  beforeEach(async () => {
    model = createModel();
    model.deliver('a');
    expect(await model.execute('zero', LOAD)).toBe(true);
    model.deliver('b');
  });

  test.each(['silver/merge_events', 'gold/touched_sessions', 'plan/touched_span', 'gold/merge_user_session_analysis', 'gates/layers', 'gold/record_run'])('the end of a run before %s', async (name) => {
    model.world.onCall = ({ operation }) => endBefore(model, name, operation);
    expect(await model.execute('one', LOAD)).toBe(false);
    await recover(model);
    await expectWhole(model, ['a', 'b']);
  });

  test('two runs at once, of which one is a rollback', async () => {
    let refused = false;
    onceAt(model, 'step gold 0', 'get item', async () => {
      refused = !(await model.execute('other', { kind: 'rollback', accept: [], to: [...model.world.commits.keys()][0] ?? '' }));
    });
    expect(await model.execute('one', LOAD)).toBe(true);
    expect({ refused, failures: model.failures }).toMatchObject({ refused: true, failures: [expect.stringContaining('RunInProgressError')] });
    await recover(model);
    await expectWhole(model, ['a', 'b']);
  });

  test('two runs that begin at the same moment', async () => {
    const outcomes = await Promise.all([model.execute('one', LOAD), model.execute('two', LOAD)]);
    expect(outcomes.sort()).toEqual([false, true]);
    await recover(model);
    await expectWhole(model, ['a', 'b']);
  });

  test.each([['is stopped', false], ['cannot be stopped any more', true]])("a lease that ends while its owner's MERGE still runs, which %s", async (_, stopsComeTooLate) => {
    model.world.stopsComeTooLate = stopsComeTooLate;
    onceAt(model, 'statement events 2', 'silver/merge_events', async () => {
      jump(model, HOUR);
      expect(await model.execute('two', LOAD)).toBe(true);
    });
    expect(await model.execute('one', LOAD)).toBe(false);
    await expectWhole(model, ['a', 'b']);
    await recover(model);
    await expectWhole(model, ['a', 'b']);
  });

  test('a lease that ends between a statement being written down and its being sent: the other execution is ended first', async () => {
    onceAt(model, 'step events 2', 'put state/runs', async () => {
      jump(model, HOUR);
      expect(await model.execute('two', LOAD)).toBe(true);
    });
    expect(await model.execute('one', LOAD)).toBe(false);
    await recover(model);
    await expectWhole(model, ['a', 'b']);
  });

  test('a commit whose answer is lost: the run is committed once, and ends as committed', async () => {
    model.world.onCall = ({ of, operation }) => (of === 'commit' && operation.startsWith('put item') ? 'after' : undefined);
    expect(await model.execute('one', LOAD)).toBe(true);
    expect(model.world.commits.size).toBe(2);
    await expectWhole(model, ['a', 'b']);
  });

  test('a commit whose answer is lost, and that is not asked again: the end of the run finds it committed', async () => {
    model.world.onCall = ({ of, operation }) => (of === 'commit' && operation.startsWith('put item') ? 'after' : undefined);
    expect(await model.execute('one', LOAD, false)).toBe(true);
    expect(model.failures).toEqual([]);
    await expectWhole(model, ['a', 'b']);
  });

  /** A MERGE of `one` is stopped and answers CANCELLED; its run fails, or stops being heard of until its lease has ended. */
  const cancelMerge = async (ending: 'fails' | 'is taken over', next: RunRequest): Promise<void> => {
    onceAt(model, 'statement events 2', 'silver/merge_events', async () => {
      if (ending === 'fails') throw new Error('the workflow lost the query');
      jump(model, HOUR);
      await commitLate(next);
    });
    expect(await model.execute('one', LOAD)).toBe(false);
    if (ending === 'fails') await commitLate(next);
  };

  /** It commits all the same while the next run is at work, which has restored the tables already. */
  const commitLate = async (next: RunRequest): Promise<void> => {
    const [of, operation] = next.kind === 'load' ? ['step events 2', 'put state/runs'] : ['step maintenance 0', 'put state/runs'];
    let commits = 0;
    onceAt(model, of, operation, () => {
      for (const work of model.world.cancelled.splice(0)) {
        work();
        commits += 1;
      }
    });
    expect(await model.execute('two', next)).toBe(true);
    expect(commits).toBe(1);
  };

  test.each([['fails', LOAD], ['is taken over', LOAD], ['fails', MAINTENANCE], ['is taken over', MAINTENANCE]] as const)(
    'a MERGE that commits after its stop was answered; its run %s, the next one is %j: gold has its rows',
    async (ending, next) => {
      await cancelMerge(ending, next);
      model.world.onCall = () => undefined;
      if (next.kind !== 'load') await model.execute('three', LOAD);
      await expectWhole(model, ['a', 'b']);
    },
  );

  test('a load and maintenance at once: whichever comes second is refused', async () => {
    const refusals: boolean[] = [];
    onceAt(model, 'step gold 0', 'get item', async () => void refusals.push(await model.execute('maintenance', MAINTENANCE)));
    expect(await model.execute('one', LOAD)).toBe(true);
    onceAt(model, 'step maintenance 0', 'get item', async () => void refusals.push(await model.execute('two', LOAD)));
    expect(await model.execute('maintenance again', MAINTENANCE)).toBe(true);
    expect(refusals).toEqual([false, false]);
    expect(model.failures).toEqual([expect.stringContaining('RunInProgressError'), expect.stringContaining('RunInProgressError')]);
    await expectWhole(model, ['a', 'b']);
  });

  test.each([['before', 'asked again'], ['after', 'asked again'], ['before', 'ended'], ['after', 'ended']] as const)(
    'after a failed audit, the end of the run killed %s a table is restored, then %s: its objects are in nothing until they are released',
    async (fault, aftermath) => {
      model.world.losesRows = true;
      let isDone = false;
      model.world.onCall = ({ of, operation }) => {
        if (isDone || of !== 'abort' || operation !== 'UpdateTableCommand') return undefined;
        isDone = true;
        if (aftermath === 'ended') model.endExecutions();
        return fault;
      };
      expect(await model.execute('one', LOAD)).toBe(false);
      expect(isDone).toBe(true);
      if (aftermath === 'ended') expect(await model.execute('two', LOAD)).toBe(false); // the objects were not held back yet: judged again, refused again
      expect(await model.state()).toEqual({ silver: ['a'], gold: ['a'], taken: ['a'], held: 1, open: null });
      model.world.losesRows = false;
      expect(await model.execute('released', { ...LOAD, accept: [{ rule: 'audit', source: 'events' }] })).toBe(true);
      await expectWhole(model, ['a', 'b']);
    },
  );

  test("a rollback's begin that was given up moves no table once another run has taken the lake, not even one that stood right", async () => {
    await model.execute('one', LOAD);
    model.deliver('c');
    let wake = (): void => undefined;
    model.world.onCall = ({ operation }) => (operation === 'UpdateTableCommand' ? { until: new Promise<void>((resolve) => (wake = resolve)) } : undefined);
    expect(await model.execute('back', { kind: 'rollback', accept: [], to: [...model.world.commits.keys()][0] ?? '' }, false)).toBe(false);
    onceAt(model, 'step events 2', 'put state/runs', async () => {
      wake();
      await model.zombiesEnded();
    });
    expect(await model.execute('two', LOAD)).toBe(true);
    await expectWhole(model, ['a', 'b', 'c']);
  });

  test('a restore whose answer is lost: the table does not stand on metadata that is gone', async () => {
    model.world.onCall = ({ operation }) => endBefore(model, 'gates/layers', operation);
    await model.execute('one', LOAD);
    model.world.onCall = ({ operation }) => (operation === 'UpdateTableCommand' ? 'lost' : undefined);
    expect(await model.execute('two', LOAD)).toBe(true);
    await expectWhole(model, ['a', 'b']);
  });

  test('objects that land days late in an old partition, also while a run is at work', async () => {
    model.deliver('c', '2025-11-01');
    onceAt(model, 'step gold 0', 'get item', () => model.deliver('d', '2025-10-31'));
    await model.execute('one', LOAD);
    await recover(model);
    await expectWhole(model, ['a', 'b', 'c', 'd']);
  });

  test.each([['back by two hours, over the last commit', -2 * HOUR], ['forward by three days', 72 * HOUR]])('a clock that jumps %s, and later back', async (_, by) => {
    jump(model, by);
    await model.execute('one', LOAD);
    model.deliver('c');
    onceAt(model, 'step gold 0', 'get item', () => jump(model, -by));
    await model.execute('two', LOAD);
    model.deliver('d');
    await recover(model);
    await expectWhole(model, ['a', 'b', 'c', 'd']);
  });
});
