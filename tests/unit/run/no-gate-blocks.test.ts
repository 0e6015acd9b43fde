import fc from 'fast-check';
import { abortRun, beginRun, commitRun, createLakeItemStore, createRunFiles, DEFAULT_RUN_SETTINGS, SOURCE_NAMES, SOURCES, type RunConfig, type RunPorts, type SourceName } from '../../../src/lib/run/index.ts';
import { readThresholds } from '../../../src/lib/quality/index.ts';
import { memoryObjects, memoryTable } from '../support/fakes.ts';

/**
 * What an object does to a run that takes it: nothing; has the preflight refuse its source; has the audit refuse the run; cannot be read,
 * which Athena's reason says; or makes a statement or a function fail without a word about which object it was.
 */
const NATURES = ['good', 'good', 'good', 'preflight', 'audit', 'unreadable', 'statement', 'function'] as const;
type Nature = (typeof NATURES)[number];
type Hour = readonly { source: SourceName; nature: Nature }[];

const CONFIG: RunConfig = { names: { lakeBucket: 'lake', databasePrefix: '' }, settings: { ...DEFAULT_RUN_SETTINGS, maxObjectsPerSource: 50 }, thresholds: readThresholds('.') };

/** Runs over objects that are only their names, and fail as these say. */
const createLake = () => {
  const objects = memoryObjects();
  let execution = 0;
  const natureOf = (uri: string): Nature => (/-(\w+)\.parquet$/.exec(uri)?.[1] ?? 'good') as Nature;
  /** What Athena says to a statement over objects: it stops at the first it cannot read. */
  const failureOf = (uris: readonly string[]): string | null => {
    const bad = uris.find((uri) => natureOf(uri) === 'unreadable');
    return bad === undefined ? null : `HIVE_BAD_DATA: Malformed Parquet file. ${bad}: no footer`;
  };
  const urisIn = (sql: string): string[] => JSON.parse(sql) as string[];
  const ports: RunPorts = {
    objects,
    files: createRunFiles(objects),
    lakeItem: createLakeItemStore(memoryTable()),
    snapshots: { current: async () => ({ 'silver.events': null }), restore: async () => [], fence: async () => undefined },
    queries: {
      run: async () => ({ queryExecutionId: 'q', columns: [], rows: [] }),
      failure: async (sql) => failureOf(urisIn(sql)),
      rows: async () => [],
      bytesScanned: async () => 0,
      end: async (sql) => failureOf(urisIn(sql)) ?? (urisIn(sql).some((uri) => natureOf(uri) === 'statement') ? 'DIVISION_BY_ZERO: Division by zero' : null),
    },
    statements: { render: async (_name, { paths }) => JSON.stringify(paths?.kind === 'paths' ? paths.value : []), names: async () => [] },
    undelivered: async () => ({ objects: 0, records: 0, uncounted: 0 }),
    isRunning: async () => false,
    stopExecution: async () => undefined,
    clock: () => new Date('2025-11-07T10:30:00Z'),
  };
  return {
    async deliver(source: SourceName, name: string, nature: Nature) {
      await objects.put(`${SOURCES[source].prefix}ingestion_date=2025-11-07/${name}-${nature}.parquet`, 'x');
    },
    /** One hour's run: `true` where it was committed. */
    async run(): Promise<boolean> {
      const { runId } = await beginRun(ports, CONFIG, { execution: `execution-${(execution += 1)}`, kind: 'load', accept: [] });
      const input = await ports.files.input(runId);
      const naturesOf = (source: SourceName): Nature[] => input.objects[source].map(natureOf);
      const all = SOURCE_NAMES.flatMap(naturesOf);
      for (const source of SOURCE_NAMES) {
        await ports.files.putStatement(runId, { phase: source, step: 0, attempt: 0, sql: JSON.stringify(input.objects[source]), token: source });
        const findings = naturesOf(source).includes('preflight') ? [{ rule: 'invalid_share', figure: 'app: too many' }] : [];
        await ports.files.updateProgress(runId, source, async () => ({ steps: [], taken: 0, bytesScanned: 0, facts: { preflight: [], readObjects: 0, findings, touched: [] } }));
      }
      const merged = SOURCE_NAMES.filter((source) => !naturesOf(source).includes('preflight')).flatMap(naturesOf);
      const blocking = merged.includes('audit') ? [{ rule: 'conservation', source: 'events', figure: 'app: lost', verdict: 'blocks' }] : [];
      await ports.files.updateProgress(runId, 'audit', async () => ({ steps: [], taken: 0, bytesScanned: 0, facts: { conservation: [], layers: null, findings: blocking, outstanding: 0 } }));
      try {
        if (all.includes('unreadable') || all.includes('statement')) throw Object.assign(new Error('{}'), { name: 'States.TaskFailed' });
        if (merged.includes('function')) throw Object.assign(new Error('a defect'), { name: 'TypeError' });
        await commitRun(ports, CONFIG, runId);
        return true;
      } catch (error) {
        await abortRun(ports, CONFIG, { runId, error: (error as Error).name, cause: (error as Error).message });
        return false;
      }
    },
    async state() {
      const { taken, held } = await ports.files.taken((await ports.lakeItem.read())?.committed.takenKey ?? null);
      return { taken, held: held.flatMap(({ objects: uris }) => uris), rules: new Set(held.map(({ rule }) => rule)) };
    },
  };
};

const hours = fc.array(fc.array(fc.record({ source: fc.constantFrom(...SOURCE_NAMES), nature: fc.constantFrom(...NATURES) }), { maxLength: 12 }), { minLength: 1, maxLength: 5 });

/** Runs until nothing is left that is neither taken nor held; the limit of objects has come down and gone up again by then. */
const untilQuiet = async (lake: ReturnType<typeof createLake>, delivered: number): Promise<number> => {
  for (let runs = 0; ; runs += 1) {
    const { taken, held } = await lake.state();
    if (taken.length + held.length === delivered) return runs;
    if (runs > 10 + 4 * delivered) throw new Error(`${delivered - taken.length - held.length} of ${delivered} objects are still waited for after ${runs} runs`);
    await lake.run();
  }
};

test('no gate and no object blocks for ever: whatever broken objects come, all is taken or held in the end, and a good batch gets through at once', async () => {
  await fc.assert(
    fc.asyncProperty(hours, async (deliveries: readonly Hour[]) => {
      const lake = createLake();
      let count = 0;
      for (const hour of deliveries) {
        for (const { source, nature } of hour) await lake.deliver(source, `a${String((count += 1)).padStart(3, '0')}`, nature);
        await lake.run();
      }
      await untilQuiet(lake, count);
      for (const source of SOURCE_NAMES) await lake.deliver(source, 'z', 'good');
      expect(await lake.run()).toBe(true);
      const { taken, held } = await lake.state();
      expect(taken.filter((uri) => uri.endsWith('/z-good.parquet'))).toHaveLength(3);
      expect(taken.filter((uri) => !uri.endsWith('-good.parquet'))).toEqual([]);
      expect(held).toHaveLength(count + 3 - taken.length);
    }),
    { numRuns: 60 },
  );
}, 60_000);

test('an object on which runs fail without a word is found by itself, and what came with it is not held', async () => {
  const lake = createLake();
  for (let index = 10; index < 50; index += 1) await lake.deliver('events', `a${index}`, index === 33 ? 'statement' : 'good');
  expect(await untilQuiet(lake, 40)).toBeLessThanOrEqual(17);
  const { taken, held, rules } = await lake.state();
  expect([taken.length, held, [...rules]]).toEqual([39, ['s3://lake/bronze/events/ingestion_date=2025-11-07/a33-statement.parquet'], ['failed_run']]);
});

test('twenty objects that cannot be read cost one run', async () => {
  const lake = createLake();
  for (let index = 10; index < 50; index += 1) await lake.deliver('events', `a${index}`, index % 2 === 0 ? 'unreadable' : 'good');
  expect([await lake.run(), await lake.run()]).toEqual([false, true]);
  expect((await lake.state()).held).toHaveLength(20);
});
