import { ConcurrentModificationException, GetTableCommand, UpdateTableCommand, type GlueClient } from '@aws-sdk/client-glue';
import { createTableSnapshots, RUN_TABLES, type Queries, QueryFailedError, type ResultRow } from '../../src/lib/lake/index.ts';
import { abortRun, beginRun, commitRun, createLakeItemStore, createRunFiles, DEFAULT_RUN_SETTINGS, nextStep, type LakeItem, type RunConfig, type RunPorts, type RunRequest } from '../../src/lib/run/index.ts';
import { readThresholds } from '../../src/lib/quality/index.ts';
import type { Objects, StateTable, StoredObject } from '../../src/lib/aws/index.ts';
import type { Parameters } from '../../src/lib/statements/index.ts';
import { memoryObjects, memoryTable } from '../unit/support/fakes.ts';

/** What a table holds: of each bronze object the processing time of the run that brought it in. */
type Content = ReadonlyMap<string, string>;

interface Query {
  id: string;
  state: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  reason: string;
  rows: ResultRow[];
  /** What it does; what it writes is committed only where its table stands as it did when the statement began. */
  work: () => void;
  /** Carries it out, where it has not been stopped. */
  finish: () => void;
}

/** A call of an invocation to AWS. */
export interface ModelCall {
  of: string;
  /** Which invocation makes it: one can make several calls at a time. */
  invocation: number;
  number: number;
  operation: string;
}

export type ModelFault = 'before' | 'after' | 'lost' | { until: Promise<void> };

/** A function is gone: what it would have done after this is not done. */
class GoneError extends Error {
  override readonly name = 'Runtime.ExitError';
}

export const CONFIG: RunConfig = { names: { lakeBucket: 'lake', databasePrefix: '' }, settings: DEFAULT_RUN_SETTINGS, thresholds: readThresholds('.') };
/** Objects whose rows retention takes away. */
const isOld = (path: string): boolean => path.includes('/old');
const METADATA = (table: string, version: number): string => `s3://lake/${table}/metadata/${String(version).padStart(5, '0')}-x.metadata.json`;

/**
 * The lake's protocol on a cloud in memory: the run's own code against S3, DynamoDB, Glue, Athena and Step Functions as far as a run
 * uses them. A statement's work is reduced to which bronze objects a table holds. Every call can be harmed.
 */
export const createModel = () => {
  const objects = memoryObjects();
  const items = memoryTable();
  const contents = new Map<string, Content>();
  const tables = new Map<string, { version: number; location: string }>();
  const queries = new Map<string, Query>();
  const executions = new Map<string, 'RUNNING' | 'ENDED'>();
  const zombies = new Set<Promise<void>>();
  const world = {
    now: new Date('2025-11-07T10:30:00Z'),
    onCall: (() => undefined) as (call: ModelCall) => ModelFault | undefined | Promise<ModelFault | undefined>,
    /** A statement that is stopped ends all the same: the stop came too late. */
    stopsComeTooLate: false,
    /** What statements that answer CANCELLED were about to do: Athena may do it all the same. */
    cancelled: [] as (() => void)[],
    /** The audit counts a row less than there are. */
    losesRows: false,
    /** What the lake item was committed as, by run. */
    commits: new Map<string, LakeItem['committed']>(),
  };
  let snapshots = 0;
  let invocations = 0;

  const metadataOf = (table: string): { 'current-snapshot-id': number; snapshots: { 'snapshot-id': number }[] } =>
    JSON.parse(Buffer.from(objects.stored.get(tables.get(table)!.location.slice('s3://lake/'.length)) ?? missing(table)).toString()) as never;
  const contentOf = (table: string): Content => contents.get(String(metadataOf(table)['current-snapshot-id'])) ?? new Map();
  const point = (table: string, location: string): void => void tables.set(table, { version: (tables.get(table)?.version ?? 0) + 1, location });

  for (const { database, name } of RUN_TABLES) {
    const table = `${database}.${name}`;
    const location = METADATA(table, 0);
    objects.stored.set(location.slice('s3://lake/'.length), Buffer.from(JSON.stringify({ 'current-snapshot-id': -1, 'last-updated-ms': 0, snapshots: [] })));
    point(table, location);
  }

  /** A statement that changes a table, as Iceberg commits it: against the table as it was when the statement began. */
  const change = (query: Query, table: string, rowsAfter: (present: Content) => Content): (() => void) => {
    const present = contentOf(table);
    const metadata = metadataOf(table);
    return () => {
      const after = rowsAfter(present);
      if (after.size === present.size) return;
      if (metadataOf(table)['current-snapshot-id'] !== metadata['current-snapshot-id']) return void Object.assign(query, { state: 'FAILED', reason: 'ICEBERG_COMMIT_ERROR' });
      const id = ++snapshots;
      contents.set(String(id), after);
      const location = METADATA(table, tables.get(table)!.version + 100);
      const current = metadataOf(table);
      objects.stored.set(location.slice('s3://lake/'.length), Buffer.from(JSON.stringify({ ...current, 'current-snapshot-id': id, snapshots: [...current.snapshots, { 'snapshot-id': id }] })));
      point(table, location);
    };
  };

  const merge = (query: Query, table: string, rowsOf: (present: Content) => Content): (() => void) => change(query, table, (present) => new Map([...rowsOf(present), ...present]));
  const remove = (query: Query, table: string, goes: (path: string) => boolean): (() => void) => change(query, table, (present) => new Map([...present].filter(([path]) => !goes(path))));

  const touchedBy = (runId: string): string[] => {
    const files = [...objects.stored.keys()].filter((key) => key.startsWith(`state/touched/run_id=${runId}/`));
    return [...new Set(files.flatMap((key) => JSON.parse(Buffer.from(objects.stored.get(key)!).toString()) as string[]))];
  };

  const statement = (query: Query, name: string, parameters: Parameters): (() => void) => {
    const text = (of: string): string => String((parameters[of] as { value: unknown } | undefined)?.value);
    const paths = (parameters['paths'] as { value: string[] } | undefined)?.value ?? [];
    const answer = (...rows: Record<string, string>[]) => (): void => void (query.rows = rows.map(withZeros));
    const day = { date_text: '2025-11-07', first_date: '2025-11-07', last_date: '2025-11-07' };
    const events = contentOf('silver.events');
    switch (name) {
      case 'gates/preflight':
        return answer({ source_system: 'app', row_count: String(paths.length), object_count: String(paths.length) });
      case 'plan/input_dates':
        return answer({ validity: 'valid', ...day });
      case 'silver/merge_events':
        return merge(query, 'silver.events', () => new Map(paths.map((path) => [path, text('processing_timestamp')])));
      case 'gold/touched_sessions':
        return () => {
          const since = parameters['written_since'];
          const isTouched = (time: string): boolean => (since ? time >= text('written_since') : time === text('processing_timestamp'));
          const folder = `state/touched/run_id=${text('run_folder')}/try-${text('attempt')}/`;
          if ([...objects.stored.keys()].some((key) => key.startsWith(folder))) return void Object.assign(query, { state: 'FAILED', reason: 'HIVE_PATH_ALREADY_EXISTS' });
          objects.stored.set(`${folder}1`, Buffer.from(JSON.stringify([...events].filter(([, time]) => isTouched(time)).map(([path]) => path))));
        };
      case 'plan/touched_span':
        return answer({ touched_rows: String(touchedBy(text('run_id')).length), ...day });
      case 'plan/gold_span':
        return answer(day);
      case 'plan/session_dates':
        return answer({ kind: 'event', ...day }, { kind: 'session', ...day });
      case 'gold/merge_user_session_analysis': {
        const touched = touchedBy(text('run_id'));
        return merge(query, 'gold.user_session_analysis', () => new Map(touched.filter((path) => events.has(path)).map((path) => [path, text('processing_timestamp')])));
      }
      case 'retention/dates_below_floor':
        return answer({ date_text: '2025-01-01', row_count: String([...events.keys()].filter(isOld).length) });
      case 'retention/delete_dates':
        return text('silver_table') === 'events' ? remove(query, 'silver.events', isOld) : answer();
      case 'gates/conservation_events': {
        const found = String(paths.filter((path) => events.has(path)).length - (world.losesRows ? 1 : 0));
        const all = String(paths.length);
        return answer({ source_system: 'app', bronze_rows: all, valid_rows: all, valid_keys: all, found_keys: found });
      }
      case 'gates/layers': {
        const touched = touchedBy(text('run_id'));
        const gold = contentOf('gold.user_session_analysis');
        return answer({ silver_events: String(touched.filter((path) => events.has(path)).length), gold_events: String(touched.filter((path) => gold.has(path)).length) });
      }
      default:
        return answer({});
    }
  };

  const start = (sql: string, token: string): Query => {
    const known = queries.get(token);
    if (known) return known;
    const query: Query = { id: token, state: 'RUNNING', reason: '', rows: [], work: () => undefined, finish: () => undefined };
    const { name, parameters } = JSON.parse(sql) as { name: string; parameters: Parameters };
    query.work = statement(query, name, parameters);
    query.finish = () => {
      if (query.state !== 'RUNNING') return;
      query.state = 'SUCCEEDED';
      query.work();
    };
    queries.set(token, query);
    return query;
  };
  const stop = (query: Query): void => {
    if (world.stopsComeTooLate) query.finish();
    else if (query.state === 'RUNNING') {
      query.state = 'CANCELLED';
      world.cancelled.push(query.work);
    }
  };

  /** An invocation of a function: its ports, each call of which goes through `onCall`. */
  const invoke = <T>(of: string, work: (ports: RunPorts) => Promise<T>): Promise<T> => {
    const invocation = ++invocations;
    let calls = 0;
    let isDead = false;
    let giveUp = (): void => undefined;
    const givenUp = new Promise<never>((_, reject) => (giveUp = () => reject(new GoneError(`${of} is gone`))));
    givenUp.catch(() => undefined);

    const call = async <R>(operation: string, effect: () => R): Promise<Awaited<R>> => {
      if (isDead) throw new GoneError(of);
      const fault = await world.onCall({ of, invocation, number: calls++, operation });
      if (fault === 'before') isDead = true;
      if (typeof fault === 'object') {
        giveUp();
        zombies.add(ended);
        await fault.until;
      }
      if (isDead) throw new GoneError(of);
      const answer = await effect();
      if (fault === 'lost') return await effect(); // the SDK asks again
      if (fault === 'after') isDead = true;
      if (isDead) throw new GoneError(of);
      return answer;
    };
    const ported: Objects = {
      ...objects,
      put: (key, body) => call(`put ${key}`, () => objects.put(key, body)),
      get: (key) => call(`get ${key}`, () => objects.get(key)),
      getVersion: (key) => call(`get ${key}`, () => objects.getVersion(key)),
      putOver: (key, body, etag) => call(`put ${key}`, () => objects.putOver(key, body, etag)),
      async *list(prefix) {
        const found: StoredObject[] = [];
        for await (const object of objects.list(prefix)) found.push(object);
        yield* await call(`list ${prefix}`, () => found);
      },
    };
    const table: StateTable = { ...items, get: (key) => call(`get item ${key}`, () => items.get(key)), put: (key, members, expect) => call(`put item ${key}`, () => putItem(key, members as never, expect as never)) };
    const glue = { send: (command: GetTableCommand | UpdateTableCommand) => call(command.constructor.name, () => glueAnswer(command)) } as unknown as GlueClient;
    const athena: Queries = {
      run: async (sql) => {
        await call('run a statement', () => start(sql, `${of}${String(snapshots)}${Math.random()}`).finish());
        return { queryExecutionId: 'q', columns: [], rows: [] };
      },
      rows: (id) => call('read rows', () => queries.get(id)!.rows),
      bytesScanned: (id) => call('read statistics', () => (queries.has(id) ? 10 : missing(id))),
      failure: (id) => call('read status', () => (queries.get(id)?.state === 'FAILED' ? (queries.get(id)?.reason ?? null) : null)),
      async end(sql, token) {
        const query = await call('start query', () => start(sql, token));
        await call('stop query', () => stop(query));
        return call('await query', () => (query.state === 'FAILED' ? query.reason : null));
      },
    };
    const ports: RunPorts = {
      objects: ported,
      files: createRunFiles(ported),
      lakeItem: createLakeItemStore(table),
      snapshots: createTableSnapshots({ glue, objects: ported, databasePrefix: '' }),
      queries: athena,
      statements: { render: async (name, parameters) => JSON.stringify({ name, parameters }), names: async () => [] },
      isRunning: (execution) => call('describe execution', () => executions.get(execution) === 'RUNNING'),
      stopExecution: (execution) => call('stop execution', () => void executions.set(execution, 'ENDED')),
      undelivered: async () => ({ objects: 0, records: 0 }) as never,
      clock: () => world.now,
    };
    const run = work(ports);
    const ended = run.then(() => undefined, () => undefined);
    return Promise.race([run, givenUp]);
  };

  const putItem: StateTable['put'] = async (key, members, expect) => {
    const written = await items.put(key, members, expect);
    const { committed, open } = members as unknown as LakeItem;
    if (written && open === null && committed.runId !== null && !world.commits.has(committed.runId)) world.commits.set(committed.runId, committed);
    return written;
  };

  const glueAnswer = (command: GetTableCommand | UpdateTableCommand): unknown => {
    const { DatabaseName, Name } = command instanceof GetTableCommand ? command.input : { ...command.input, Name: command.input.TableInput?.Name };
    const table = `${DatabaseName ?? ''}.${Name ?? ''}`;
    const entry = tables.get(table) ?? missing(table);
    if (command instanceof GetTableCommand) return { Table: { DatabaseName, Name, VersionId: String(entry.version), Parameters: { metadata_location: entry.location } } };
    if (command.input.VersionId !== String(entry.version)) throw new ConcurrentModificationException({ message: 'Version mismatch', $metadata: {} });
    point(table, command.input.TableInput?.Parameters?.['metadata_location'] ?? missing('metadata_location'));
    return {};
  };

  const isEnded = (execution: string): boolean => executions.get(execution) === 'ENDED';

  /** A state that is a function: asked again where it is gone, as the workflow's Retry says. `undefined`: the execution has ended. */
  const ask = async <T>(execution: string, of: string, again: string[], work: (ports: RunPorts) => Promise<T>): Promise<T> => {
    for (let tries = 0; ; tries += 1) {
      if (isEnded(execution)) throw new GoneError('the execution has ended');
      try {
        return await invoke(of, work);
      } catch (error) {
        if (isEnded(execution) || tries === 4 || !(error instanceof Error) || !again.includes(error.name)) throw error;
      }
    }
  };

  const GONE = ['Runtime.ExitError'];

  /** workflows/hourly.asl.json, its phases one after the other. @returns whether it has committed */
  const execute = async (execution: string, request: RunRequest, asksAgain = true): Promise<boolean> => {
    executions.set(execution, 'RUNNING');
    const gone = asksAgain ? GONE : [];
    try {
      const { runId, stages } = await ask(execution, 'begin', [...gone, 'LakeItemChangedError'], (ports) => beginRun(ports, CONFIG, { execution, ...request }));
      try {
        for (const phase of stages.flat()) await runPhase(execution, runId, phase, gone);
        await ask(execution, 'commit', [...gone, 'LakeItemChangedError'], (ports) => commitRun(ports, CONFIG, runId));
        return true;
      } catch (error) {
        if (isEnded(execution)) return false;
        const { name, message } = error as Error;
        const { status } = await ask(execution, 'abort', [...gone, 'LakeItemChangedError', 'RunLostError'], (ports) => abortRun(ports, CONFIG, { runId, error: name, cause: message }));
        if (status === 'committed') return true;
        failures.push(`${name}: ${message}`);
        return false;
      }
    } catch (error) {
      failures.push(`${(error as Error).name}: ${(error as Error).message}`);
      return false;
    } finally {
      executions.set(execution, 'ENDED');
    }
  };
  const failures: string[] = [];

  const runPhase = async (execution: string, runId: string, phase: string, gone: string[]): Promise<void> => {
    let queryExecutionId: string | null = null;
    for (let step = 0; ; step += 1) {
      const answer = await ask(execution, `step ${phase} ${step}`, gone, (ports) => nextStep(ports, CONFIG, { runId, phase, step, attempt: 0, queryExecutionId }));
      if (answer.done) return;
      if (isEnded(execution)) throw new GoneError('the execution has ended');
      const query = start(answer.sql, answer.token);
      await world.onCall({ of: `statement ${phase} ${step}`, invocation: ++invocations, number: 0, operation: answer.statement });
      if (isEnded(execution)) stop(query);
      query.finish();
      if (query.state !== 'SUCCEEDED') throw new QueryFailedError(query.id, query.reason || query.state);
      queryExecutionId = query.id;
    }
  };

  return {
    world,
    execute,
    failures,
    endExecutions: (): void => [...executions.keys()].forEach((execution) => executions.set(execution, 'ENDED')),
    zombiesEnded: async (): Promise<void> => {
      await Promise.all(zombies);
      zombies.clear();
    },
    deliver: (name: string, date = '2025-11-07'): void => void objects.stored.set(`bronze/events/ingestion_date=${date}/ingestion_hour=10/${name}.parquet`, Buffer.from('x')),
    /** The bronze objects that the tables and the list of taken objects hold. */
    async state() {
      const item = (await items.get('lake')) as unknown as LakeItem;
      const names = (uris: Iterable<string>): string[] => [...uris].map((uri) => /([^/]+)\.parquet/.exec(uri)?.[1] ?? uri).sort();
      const { taken, held } = await createRunFiles(objects).taken(item.committed.takenKey);
      return { silver: names(contentOf('silver.events').keys()), gold: names(contentOf('gold.user_session_analysis').keys()), taken: names(taken), held: held.length, open: item.open };
    },
    /** The record of each committed run, beside what the lake item said when it committed. */
    async records() {
      return Promise.all([...world.commits].map(async ([runId, { tables: committed, takenKey }]) => {
        const { tables: recorded, takenKey: recordedKey } = JSON.parse(Buffer.from((await objects.get(`state/commits/${runId}.json`)) ?? missing(runId)).toString()) as LakeItem['committed'];
        return { recorded, recordedKey, committed, takenKey };
      }));
    },
  };
};

const missing = (what: string): never => {
  throw new Error(`the model has no ${what}`);
};

/** Figures nobody asked about are 0. */
const withZeros = (row: Record<string, string>): ResultRow => new Proxy(row, { get: (target, name) => (Reflect.get(target, name) as string | undefined) ?? '0' });
