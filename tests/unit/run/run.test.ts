import { readFileSync } from 'node:fs';
import {
  abortRun, AuditFailedError, beginRun, beginUnlessBusy, commitRun, createLakeItemStore, createRunFiles, DEFAULT_RUN_SETTINGS, LakeItemMissingError, nextStep, RunInProgressError, RunLostError, runRequest,
  startOf, type BackfillCursor, type BeginRequest, type LakeItem, type RunConfig, type RunPorts, type RunSummary,
} from '../../../src/lib/run/index.ts';
import type { Snapshots } from '../../../src/lib/lake/index.ts';
import { readThresholds } from '../../../src/lib/quality/index.ts';
import { memoryObjects, memoryTable } from '../support/fakes.ts';

const TABLES = ['silver.events', 'silver.transactions', 'silver.users', 'silver.quarantine', 'gold.user_session_analysis'];
const EMPTY: Snapshots = Object.fromEntries(TABLES.map((table) => [table, null]));
const CONFIG: RunConfig = { names: { lakeBucket: 'lake', databasePrefix: '' }, settings: DEFAULT_RUN_SETTINGS, thresholds: readThresholds('.') };
const OBJECT = 'bronze/events/ingestion_date=2025-11-07/ingestion_hour=10/a.parquet';

/** A lake whose tables are only their snapshot ids, and whose queries are only their text. */
const createLake = () => {
  const objects = memoryObjects();
  const state = { now: new Date('2025-11-07T10:30:00Z'), tables: { ...EMPTY } as Record<string, string | null>, running: new Set<string>(), queries: [] as string[], ended: [] as string[] };
  const ports: RunPorts = {
    objects,
    files: createRunFiles(objects),
    lakeItem: createLakeItemStore(memoryTable()),
    snapshots: {
      current: async () => ({ ...state.tables }),
      restore: async (snapshots, guard) => {
        const moved = Object.keys(snapshots).filter((table) => state.tables[table] !== snapshots[table]);
        for (const table of moved) {
          await guard();
          state.tables[table] = snapshots[table] ?? null;
        }
        return moved;
      },
      fence: async () => undefined,
    },
    queries: {
      run: async (sql) => {
        state.queries.push(sql);
        return { queryExecutionId: 'q', columns: [], rows: [] };
      },
      rows: async () => [],
      bytesScanned: async () => 10,
      end: async (_sql, token) => {
        state.ended.push(token);
        return null;
      },
      failure: async () => null,
    },
    statements: { render: async (name) => name, names: async () => [] },
    undelivered: async () => ({ objects: 0, records: 0, uncounted: 0 }),
    isRunning: async (execution) => state.running.has(execution),
    stopExecution: async (execution) => void state.running.delete(execution),
    clock: () => state.now,
  };
  const begin = (execution: string) => {
    state.running.add(execution);
    return beginRun(ports, CONFIG, { execution, kind: 'load', accept: [] });
  };
  const end = (execution: string): void => {
    state.running.delete(execution);
  };
  return { ports, objects, state, begin, end };
};

/** DynamoDB's own notation of a value, as the `aws` command takes it. */
const plain = (value: object): unknown => {
  const [[type, content] = ['', undefined]] = Object.entries(value) as [string, unknown][];
  if (type === 'M') return Object.fromEntries(Object.entries(content as Record<string, object>).map(([name, member]) => [name, plain(member)]));
  if (type === 'NULL') return null;
  return type === 'N' ? Number(content) : content;
};

/** The audit of a run, as its phase leaves it where rows have vanished. */
const refuse = (ports: RunPorts, runId: string): Promise<unknown> =>
  ports.files.updateProgress(runId, 'audit', async () => ({ steps: [], taken: 0, bytesScanned: 0, facts: { conservation: [], layers: null, outstanding: 0, findings: [{ rule: 'conservation', source: 'events', figure: 'app: 9 bronze rows', verdict: 'blocks' }] } }));

describe('a run', () => {
  test('takes every bronze object once: what a committed run took is not found again', async () => {
    const { ports, objects, begin, end } = createLake();
    await objects.put(OBJECT, 'x');
    const first = await begin('one');
    expect(first.stages).toEqual([['events'], ['gold'], ['audit']]);
    expect((await ports.files.input(first.runId)).objects.events).toEqual([`s3://lake/${OBJECT}`]);
    await commitRun(ports, CONFIG, first.runId);
    end('one');
    expect((await begin('two')).stages).toEqual([]);
  });

  test('finds an object that lands late in an old partition, whatever its time', async () => {
    const { ports, objects, begin, end } = createLake();
    await commitRun(ports, CONFIG, (await begin('one')).runId);
    end('one');
    await objects.put('bronze/events/ingestion_date=2025-11-01/ingestion_hour=00/late.parquet', 'x');
    expect((await begin('two')).stages).toEqual([['events'], ['gold'], ['audit']]);
  });

  test('after weeks without a run still looks back from the last commit', async () => {
    const { ports, objects, state, begin, end } = createLake();
    await commitRun(ports, CONFIG, (await begin('one')).runId);
    end('one');
    await objects.put('bronze/events/ingestion_date=2025-11-08/ingestion_hour=00/a.parquet', 'x');
    state.now = new Date('2025-12-20T00:00:00Z');
    expect((await begin('two')).stages).toHaveLength(3);
  });

  test('begun twice by one execution is one run', async () => {
    const { begin } = createLake();
    expect((await begin('one')).runId).toBe((await begin('one')).runId);
  });

  test('is refused while another one is alive', async () => {
    const { begin } = createLake();
    await begin('one');
    await expect(begin('two')).rejects.toThrow(RunInProgressError);
  });

  test('is refused where tables have rows and the item that says which are committed is lost; with the item it goes on where it stopped', async () => {
    const { ports, objects, state, begin, end } = createLake();
    await objects.put(OBJECT, 'x');
    const first = await begin('one');
    state.tables['silver.events'] = '77';
    await commitRun(ports, CONFIG, first.runId);
    end('one');
    const { fence, committed, open } = (await ports.lakeItem.read())!;
    const lost: RunPorts = { ...ports, lakeItem: createLakeItemStore(memoryTable()) };
    const beginAnew = () => beginRun(lost, CONFIG, { execution: 'two', kind: 'load', accept: [] });
    await expect(beginAnew()).rejects.toThrow(new LakeItemMissingError('silver.events have been written, but the table of state has no item of the lake: restore it (docs/operate.md, "State that is lost")'));
    expect(await lost.lakeItem.read()).toBeUndefined();
    await lost.lakeItem.write(undefined, { fence, committed, open });
    expect(await beginAnew()).toMatchObject({ stages: [], restored: [] });
  });

  test('begins on the tables as they stand, with the item that docs/operate.md gives where none can be restored', async () => {
    const { ports, objects, state, begin } = createLake();
    await objects.put(OBJECT, 'x');
    state.tables['silver.events'] = '77';
    const [, item = ''] = /--item '(.*)'/.exec(readFileSync('docs/operate.md', 'utf8')) ?? [];
    const { fence, committed, open } = plain({ M: JSON.parse(item) as object }) as LakeItem;
    await ports.lakeItem.write(undefined, { fence, committed, open });
    expect(await begin('one')).toMatchObject({ stages: [['events'], ['gold'], ['audit']], restored: [] });
    expect((await ports.lakeItem.read())?.committed.tables).toEqual(state.tables);
  });

  test('that a schedule started waits for another one for fifty minutes; others end at once', async () => {
    const { ports, state, begin } = createLake();
    await begin('one');
    const meet = (request: { ifBusy?: 'wait' }, startedAt: string) => beginUnlessBusy(ports, CONFIG, { execution: 'two', kind: 'load', accept: [], startedAt, ...request });
    const minutesAgo = (minutes: number): string => new Date(state.now.getTime() - minutes * 60_000).toISOString();
    const reason = expect.stringContaining('is in progress') as string;
    expect(await meet({}, minutesAgo(0))).toEqual({ busy: { reason, waits: false } });
    expect(await meet({ ifBusy: 'wait' }, minutesAgo(49))).toEqual({ busy: { reason, waits: true } });
    expect(await meet({ ifBusy: 'wait' }, minutesAgo(50))).toEqual({ busy: { reason, waits: false } });
  });

  test.each([
    ['whose execution ended', (lake: ReturnType<typeof createLake>) => lake.end('one')],
    ['whose lease ran out', (lake: ReturnType<typeof createLake>) => { lake.state.now = new Date('2025-11-07T11:30:00Z'); }],
  ])('takes over from a run %s, ends its statements and undoes its changes', async (_name, fail) => {
    const lake = createLake();
    await lake.objects.put(OBJECT, 'x');
    const first = await lake.begin('one');
    const step = await nextStep(lake.ports, CONFIG, { runId: first.runId, phase: 'events', step: 0, attempt: 0, queryExecutionId: null });
    lake.state.tables['silver.events'] = '77';
    fail(lake);
    const second = await lake.begin('two');
    expect(second).toMatchObject({ recovered: [first.runId], restored: ['silver.events'], stages: [['events'], ['gold'], ['audit']] });
    expect(lake.state.ended).toEqual([step.done ? '' : step.token]);
    await expect(nextStep(lake.ports, CONFIG, { runId: first.runId, phase: 'events', step: 0, attempt: 0, queryExecutionId: null })).rejects.toThrow(RunLostError);
    await expect(commitRun(lake.ports, CONFIG, first.runId)).rejects.toThrow(RunLostError);
  });

  test('remembers what it has to undo until it has begun, even where its begin is interrupted', async () => {
    const lake = createLake();
    await lake.objects.put(OBJECT, 'x');
    const first = await lake.begin('one');
    const step = await nextStep(lake.ports, CONFIG, { runId: first.runId, phase: 'events', step: 0, attempt: 0, queryExecutionId: null });
    lake.end('one');
    const killed: RunPorts = { ...lake.ports, snapshots: { ...lake.ports.snapshots, restore: async () => { throw new Error('killed'); } } };
    await expect(beginRun(killed, CONFIG, { execution: 'two', kind: 'load', accept: [] })).rejects.toThrow('killed');
    lake.state.ended.length = 0;
    expect(await lake.begin('two')).toMatchObject({ recovered: [first.runId] });
    expect(lake.state.ended).toEqual([step.done ? '' : step.token]);
  });

  test('takes the oldest objects first where there are more than one run can do', async () => {
    const { ports, objects, state } = createLake();
    for (const day of ['05', '06', '07']) await objects.put(`bronze/users/ingestion_date=2025-11-${day}/a.parquet`, 'x');
    const config = { ...CONFIG, settings: { ...DEFAULT_RUN_SETTINGS, maxObjectsPerSource: 2 } };
    state.running.add('one');
    const { runId } = await beginRun(ports, config, { execution: 'one', kind: 'load', accept: [] });
    expect((await ports.files.input(runId)).objects.users).toEqual(['05', '06'].map((day) => `s3://lake/bronze/users/ingestion_date=2025-11-${day}/a.parquet`));
  });

  test('works off a backlog in several runs, also where its oldest days leave the window meanwhile', async () => {
    const { ports, objects, state } = createLake();
    const uris = ['03', '04', '05', '06', '07'].map((day) => `bronze/users/ingestion_date=2025-11-${day}/a.parquet`);
    for (const key of uris) await objects.put(key, 'x');
    const config = { ...CONFIG, settings: { ...DEFAULT_RUN_SETTINGS, maxObjectsPerSource: 2 } };
    const taken: string[][] = [];
    for (const execution of ['one', 'two', 'three', 'four']) {
      state.running.add(execution);
      const { runId } = await beginRun(ports, config, { execution, kind: 'load', accept: [] });
      taken.push([...(await ports.files.input(runId)).objects.users]);
      await commitRun(ports, config, runId);
      state.running.delete(execution);
      state.now = new Date(state.now.getTime() + 10 * 86_400_000);
    }
    expect(taken).toEqual([uris.slice(0, 2), uris.slice(2, 4), uris.slice(4), []].map((keys) => keys.map((key) => `s3://lake/${key}`)));
  });

  test('starts from the committed snapshots, whatever was done to the tables beside it', async () => {
    const { ports, state, begin, end } = createLake();
    await commitRun(ports, CONFIG, (await begin('one')).runId);
    end('one');
    state.tables['gold.user_session_analysis'] = '99';
    expect((await begin('two')).restored).toEqual(['gold.user_session_analysis']);
  });

  test('commits once: a second commit answers the same and changes nothing', async () => {
    const { ports, begin } = createLake();
    const { runId } = await begin('one');
    await commitRun(ports, CONFIG, runId);
    const item = await ports.lakeItem.read();
    expect((await commitRun(ports, CONFIG, runId)).runId).toBe(runId);
    expect(await ports.lakeItem.read()).toEqual(item);
  });

  test('has a processing time later than the last one, even where the clock went back', async () => {
    const { ports, objects, state, begin, end } = createLake();
    await objects.put(OBJECT, 'x');
    const first = await begin('one');
    await commitRun(ports, CONFIG, first.runId);
    end('one');
    state.now = new Date('2025-11-07T09:00:00Z');
    const second = await begin('two');
    expect((await ports.files.input(first.runId)).processingTimestamp).toBe('2025-11-07 10:30:00.000000');
    expect((await ports.files.input(second.runId)).processingTimestamp).toBe('2025-11-07 10:30:00.000001');
  });

  test('that failed leaves its objects to the next run', async () => {
    const { ports, objects, state, begin, end } = createLake();
    await objects.put(OBJECT, 'x');
    const { runId } = await begin('one');
    state.tables['silver.events'] = '77';
    const summary = await abortRun(ports, CONFIG, { runId, error: 'States.TaskFailed', cause: '{"errorMessage":"out of \\"space\\""}' });
    expect(summary).toMatchObject({ restored: ['silver.events'], heldObjects: 0, cause: 'out of "space"' });
    end('one');
    expect((await begin('two')).stages).toHaveLength(3);
  });

  test('that the audit refused has its objects held back until a person releases them', async () => {
    const { ports, objects, begin, end, state } = createLake();
    await objects.put(OBJECT, 'x');
    const { runId } = await begin('one');
    await refuse(ports, runId);
    await expect(commitRun(ports, CONFIG, runId)).rejects.toThrow(new AuditFailedError('conservation: app: 9 bronze rows'));
    const summary = await abortRun(ports, CONFIG, { runId, error: 'AuditFailedError', cause: 'conservation: app' });
    expect(summary).toMatchObject({ heldObjects: 1, subject: `floe: run ${runId} failed: conservation; held: events (audit)` });
    expect(summary.findings).toEqual([{ rule: 'conservation', source: 'events', figure: 'app: 9 bronze rows', query: 'look/lost_keys' }]);
    expect(summary.held).toMatchObject([{ source: 'events', rule: 'audit', query: 'look/lost_keys', objects: 1 }]);
    end('one');
    const second = await begin('two');
    expect(second.stages).toEqual([]);
    await commitRun(ports, CONFIG, second.runId);
    end('two');
    state.running.add('three');
    const third = await beginRun(ports, CONFIG, { execution: 'three', kind: 'load', accept: [{ rule: 'audit', source: 'events' }] });
    expect(third.stages).toEqual([['events'], ['gold'], ['audit']]);
    await commitRun(ports, CONFIG, third.runId);
    expect((await ports.files.taken((await ports.lakeItem.read())!.committed.takenKey)).held).toEqual([]);
  });

  test('keeps how far a backfill has come; a rollback to a run before it forgets that', async () => {
    const { ports, state } = createLake();
    const run = async (request: Partial<BeginRequest>): Promise<RunSummary> => {
      state.running.clear();
      return commitRun(ports, CONFIG, (await beginRun(ports, CONFIG, { execution: `${state.running.size}`, kind: 'load', accept: [], ...request })).runId);
    };
    const before = await run({});
    const range = { from: '2025-08-01', to: '2025-11-07' };
    const backfill = { ...range, dataVersion: 1, next: { date: '2025-10-30', after: {} } };
    expect((await run({ kind: 'backfill', backfill: { ...range, next: startOf(range) } })).backfill).toEqual(backfill);
    expect((await run({})).backfill).toEqual(backfill);
    expect((await run({ kind: 'rollback', to: before.runId })).backfill).toBeNull();
  });

  test('does not go on with a backfill whose first steps a rollback has taken back', async () => {
    const { ports, state } = createLake();
    const run = async (request: Partial<BeginRequest>): Promise<RunSummary> => {
      state.running.clear();
      return commitRun(ports, CONFIG, (await beginRun(ports, CONFIG, { execution: `${state.running.size}`, kind: 'load', accept: [], ...request })).runId);
    };
    const range = { from: '2025-01-01', to: '2025-11-07' };
    const before = await run({});
    const step = async (next: BackfillCursor | null) => (await run({ kind: 'backfill', backfill: { ...range, next: next! } })).backfill!.next;
    const second = await step(await step(startOf(range)));
    await run({ kind: 'rollback', to: before.runId });
    await expect(step(second)).rejects.toThrow('the backfill from 2025-01-01 to 2025-11-07 does not stand at 2025-06-30');
    const again = await step(await step(startOf(range)));
    expect(again).toEqual(second);
    expect(await step(await step(again))).toBeNull();
  });

  test('aborted after another one took over changes nothing', async () => {
    const { ports, begin, end, state } = createLake();
    const { runId } = await begin('one');
    end('one');
    await begin('two');
    state.tables['silver.events'] = '5';
    expect(await abortRun(ports, CONFIG, { runId, error: 'x', cause: 'y' })).toMatchObject({ restored: [], heldObjects: 0 });
    expect(state.tables['silver.events']).toBe('5');
  });

  test('asks for the same statement with the same token twice, and with another one for another try', async () => {
    const { ports, objects, begin } = createLake();
    await objects.put(OBJECT, 'x');
    const { runId } = await begin('one');
    const ask = (attempt: number) => nextStep(ports, CONFIG, { runId, phase: 'events', step: 0, attempt, queryExecutionId: null });
    expect(await ask(0)).toEqual(await ask(0));
    expect(await ask(0)).not.toEqual(await ask(1));
    expect(await ask(0)).toMatchObject({ done: false, statement: 'gates/preflight' });
  });
});

describe('the floor of retention', () => {
  const OTHER = OBJECT.replace('a.parquet', 'b.parquet');
  const retain = async ({ ports, end }: ReturnType<typeof createLake>, before: string): Promise<RunSummary> => {
    const { runId, stages } = await beginRun(ports, CONFIG, { execution: before, kind: 'retention', accept: [], retained: { before } });
    expect(stages).toEqual([['retention']]);
    end(before);
    return commitRun(ports, CONFIG, runId);
  };
  const load = async ({ ports, begin, end, objects }: ReturnType<typeof createLake>, key: string): Promise<RunSummary> => {
    await objects.put(key, 'x');
    const { runId } = await begin(key);
    end(key);
    return commitRun(ports, CONFIG, runId);
  };

  test('there is none until retention has run; it is committed, later runs know it, and it never moves back', async () => {
    const lake = createLake();
    expect((await load(lake, OBJECT)).floor).toBeNull();
    const { floor } = await retain(lake, '2025-06-01');
    expect(floor).toEqual({ date: '2025-06-01', since: '2025-11-07 10:30:00.000001' }); // the load's rows carry half past ten
    expect((await retain(lake, '2025-05-01')).floor).toEqual(floor);
    expect((await load(lake, OTHER)).floor).toEqual(floor);
    expect((await lake.ports.lakeItem.read())?.committed.floor).toEqual(floor);
    expect((await retain(lake, '2025-06-02')).floor?.date).toBe('2025-06-02');
  });

  test('a rollback behind the retention takes it back, one to a later run does not', async () => {
    const lake = createLake();
    const { runId } = await load(lake, OBJECT);
    const { floor, runId: retained } = await retain(lake, '2025-06-01');
    const back = async (to: string): Promise<RunSummary> => commitRun(lake.ports, CONFIG, (await beginRun(lake.ports, CONFIG, { execution: to, kind: 'rollback', accept: [], to })).runId);
    expect((await back(runId)).floor).toBeNull();
    expect((await back(retained)).floor).toEqual(floor);
  });

  test('rows written behind it are later than it, even where the clock jumps back', async () => {
    const lake = createLake();
    const { floor } = await retain(lake, '2025-06-01');
    lake.state.now = new Date('2025-11-07T09:00:00Z');
    const { runId } = await lake.begin('one');
    expect((await lake.ports.files.input(runId)).processingTimestamp > (floor?.since ?? '')).toBe(true);
  });

  test('cannot lie within the last 90 days', async () => {
    const lake = createLake();
    await expect(retain(lake, '2025-08-10')).rejects.toThrow('silver keeps at least 90 days: what is dated before 2025-08-10 cannot go, at most what is dated before 2025-08-09');
  });
});

describe('what an execution asks for', () => {
  test('are read from its input', () => {
    expect(runRequest({ accept: [{ rule: 'invalid_share', source: 'events' }] })).toEqual({ kind: 'load', accept: [{ rule: 'invalid_share', source: 'events' }] });
    expect(runRequest({})).toEqual({ kind: 'load', accept: [] });
    expect(runRequest(null)).toEqual({ kind: 'load', accept: [] });
    expect(runRequest({ kind: 'sweep' })).toEqual({ kind: 'sweep', accept: [] });
    expect(runRequest({ ifBusy: 'wait' })).toEqual({ kind: 'load', accept: [], ifBusy: 'wait' });
    expect(() => runRequest({ ifBusy: 'wiat' })).toThrow('ifBusy must be "wait"');
  });

  test.each([[{ accept: 'invalid_share' }], [{ accept: [{ rule: '', source: 'events' }] }], [{ accept: [{ rule: 'invalid_share', source: 'evnts' }] }], [{ accept: [{ rule: 'invalid_shares', source: 'events' }] }]])('a mistyped release is an error: %j', (input) => {
    expect(() => runRequest(input)).toThrow(/accept/);
  });

  test('so is a mistyped kind', () => {
    expect(() => runRequest({ kind: 'sweeep' })).toThrow('kind must be one of load, sweep, maintenance, rollback');
  });

  test.each([[{ days: 365 }, { days: 365 }], [{ before: '2025-06-01' }, { before: '2025-06-01' }]])('retention is told what silver keeps: %j', (members, retained) => {
    expect(runRequest({ kind: 'retention', ...members })).toEqual({ kind: 'retention', accept: [], retained });
  });

  test.each([[{}], [{ days: 0 }], [{ days: 89 }], [{ days: '365' }], [{ days: 90.5 }], [{ before: '2025-02-30' }], [{ days: 365, before: '2025-06-01' }]])('retention of anything else is an error: %j', (members) => {
    expect(() => runRequest({ kind: 'retention', ...members })).toThrow('retention needs `days`, a whole number from 90 on, or the date `before`');
  });
});
