import { lakeParameters, qualified, RUN_TABLES, type Snapshots } from '../../../src/lib/lake/index.ts';
import { AUDIT_RULES, readThresholds, type AuditRule } from '../../../src/lib/quality/index.ts';
import type { Decision } from '../../../src/lib/quarantine/index.ts';
import { DEFAULT_RUN_SETTINGS } from '../../../src/lib/run/index.ts';
import { lookAtAudit, lookAtObjects } from '../../../src/lib/run/look.ts';
import { auditPhase } from '../../../src/lib/run/phases/audit.ts';
import { goldPhase } from '../../../src/lib/run/phases/gold.ts';
import { decisionPhase, keptDecisionsPhase } from '../../../src/lib/run/phases/quarantine.ts';
import type { Phase, PhaseContext } from '../../../src/lib/run/phases/phase.ts';
import { retentionPhase } from '../../../src/lib/run/phases/retention.ts';
import { createSourcePhase } from '../../../src/lib/run/phases/source.ts';
import { createSweepPhase } from '../../../src/lib/run/phases/sweep.ts';
import type { RunConfig } from '../../../src/lib/run/ports.ts';
import type { Progress, RunInput, Step } from '../../../src/lib/run/run-files.ts';
import { AUDIT_RULE, HOLDING_RULES } from '../../../src/lib/run/rules.ts';
import { SOURCE_NAMES, SOURCES, SWEEP_PHASES } from '../../../src/lib/run/sources.ts';
import type { Parameters, StatementLibrary } from '../../../src/lib/statements/index.ts';
import { BATCHES, type Batch } from './batches.ts';
import { BUCKET, type Engine, type Outcome } from './engine.ts';
import { readCreateTable, type TableDefinition } from './trino-sql.ts';

/** Everything one engine answered, in order: the two engines' transcripts must be equal. */
export type Transcript = { title: string; answer: string[] }[];

export interface PipelineRun {
  transcript: Transcript;
  /** Statements of sql/ that were run. */
  statements: Set<string>;
  /** Stages of a statement, where the engine has such. */
  stages: Map<string, number>;
}

const CONFIG: RunConfig = { names: { lakeBucket: BUCKET, databasePrefix: '' }, settings: DEFAULT_RUN_SETTINGS, thresholds: readThresholds('.') };
const COMMON: Parameters = { ...lakeParameters(CONFIG.names), horizon_days: { kind: 'integer', value: String(DEFAULT_RUN_SETTINGS.horizonDays) } };
const NOW = new Date('2025-09-05T00:00:00Z');

/** Runs floe's phases over the batches, every statement that writes twice in a row, and reads all tables after each run. */
export const runPipeline = async (engine: Engine, library: StatementLibrary, batches: readonly Batch[]): Promise<PipelineRun> => {
  const transcript: Transcript = [];
  const statements = new Set<string>();
  const note = (title: string, answer: string[]): number => transcript.push({ title, answer });
  const render = async (name: string, parameters: Parameters): Promise<string> => {
    statements.add(name);
    return library.render(name, parameters);
  };
  const stages = new Map<string, number>();
  const countStages = async (name: string, sql: string): Promise<void> => {
    const count = stages.has(name) ? undefined : await engine.stagesOf(sql);
    if (count !== undefined) stages.set(name, count);
  };
  const runOn = (input: RunInput, prefix: string): RunOfPhases => ({ engine, input, render, countStages, note: (title, answer) => note(`${prefix}: ${title}`, answer) });
  const tables = await createLake(engine, library, render);
  const finish: TableDefinition = { name: 'state.touched_sessions', columns: ['session_id', 'user_id', 'cause', 'touched_date', 'run_id'].map((name) => ({ name, type: 'varchar' })), partitioning: undefined };
  for (const [number, batch] of batches.entries()) {
    if (batch.kind !== 'backfill') for (const object of batch.objects) await engine.deliver(object);
    for (const sql of batch.damage?.before ?? []) await engine.execute(sql);
    const input = await beginRun(engine, tables, batch, number + 1);
    await runPhases(runOn(input, batch.name), batch.damage?.beforeAudit ?? []);
    if (batch.damage?.beforeAudit) await runLooks(runOn(input, 'looks'), { ...library, render }, (await beginRun(engine, tables, batch, number + 1)).base);
    for (const table of [...tables, { ...finish, filter: `run_id = '${input.runId}'` }]) note(`${batch.name}: rows of ${table.name}`, await contentOf(engine, table));
    for (const view of await library.names('views')) note(`${batch.name}: rows of ${view}`, textOf(await engine.execute(`SELECT * FROM ${view.slice('views/'.length)}`), true));
  }
  for (const name of await library.names('queries')) note(name, textOf(await engine.execute(await render(name, COMMON)), true));
  await runDecisions(engine, tables, (input) => runOn(input, 'decisions'));
  const interrupted = await render('gold/mark_interrupted_run', { ...COMMON, run_id: { kind: 'id', value: `run-${batches.length}` } });
  for (const execution of ['first', 'second']) note(`mark_interrupted_run, ${execution} execution`, [`${(await engine.execute(interrupted)).written ?? 0} rows written`]);
  note('rows of gold.run_audit', await contentOf(engine, tables.find(({ name }) => name === 'gold.run_audit') ?? finish));
  return { transcript, statements, stages };
};

type Render = (name: string, parameters: Parameters) => Promise<string>;

const createLake = async (engine: Engine, library: StatementLibrary, render: Render): Promise<TableDefinition[]> => {
  await engine.createLake();
  const tables: TableDefinition[] = [];
  for (const name of await library.names('tables')) {
    const sql = await render(name, COMMON);
    await engine.execute(sql);
    tables.push(readCreateTable(sql));
  }
  for (const name of await library.names('views')) await engine.execute(await render(name, COMMON));
  return tables;
};

const beginRun = async (engine: Engine, tables: readonly TableDefinition[], batch: Batch, number: number): Promise<RunInput> => {
  const base: Record<string, string | null> = {};
  for (const table of RUN_TABLES) {
    const definition = tables.find(({ name }) => name === qualified(table));
    if (definition) base[definition.name] = await engine.snapshotOf(definition);
  }
  const urisOf = (source: string): string[] => batch.objects.filter(({ table }) => table === source).map(({ uri }) => uri);
  const time = `2025-09-05 ${String(number).padStart(2, '0')}:00:00.000000`;
  return {
    runId: `run-${number}`, kind: batch.kind, fence: number, startedAt: NOW.toISOString(), processingTimestamp: time, writtenSince: time, base,
    objects: { events: urisOf('events'), transactions: urisOf('transactions'), users: urisOf('users') },
    accepted: [], takenKey: null, windowStart: '2025-01-01', searchFrom: null, backfill: null, floor: batch.floor === undefined ? null : { date: batch.floor, since: time },
    ...(batch.kind === 'backfill' ? { recomputedDates: ['2025-06-01', '2025-06-04'] } : {}),
  };
};

interface RunOfPhases {
  engine: Engine;
  input: RunInput;
  render: Render;
  countStages: (name: string, sql: string) => Promise<void>;
  note: (title: string, answer: string[]) => void;
}

const runPhases = async (run: RunOfPhases, damageBeforeAudit: readonly string[]): Promise<void> => {
  const progress = new Map<string, Progress<unknown>>();
  const context: PhaseContext = { input: run.input, config: CONFIG, now: NOW, factsOf: async <Facts>(phase: string) => progress.get(phase) as Progress<Facts> | undefined };
  if (run.input.kind === 'retention') {
    await runPhase(run, retentionPhase, context);
    return;
  }
  if (run.input.kind === 'sweep') for (const source of SWEEP_PHASES) progress.set(source, await runPhase(run, createSweepPhase(source), context));
  else for (const source of SOURCE_NAMES) progress.set(source, await runPhase(run, createSourcePhase(SOURCES[source]), context));
  progress.set('gold', await runPhase(run, goldPhase, context));
  for (const sql of damageBeforeAudit) await run.engine.execute(sql);
  progress.set('audit', await runPhase(run, auditPhase, context));
};

/** What the audit's rules find their figures in. */
const BLAMED: Readonly<Record<AuditRule, readonly string[]>> = {
  conservation: SOURCE_NAMES, unique_keys: ['events', 'transactions'], user_history: ['users'], layer_counts: ['gold'], unique_sessions: ['gold'], session_duration: ['gold'],
};

/** What a person is told to ask after a gate has refused something. A column of paths is left out: the engines name their files each in its own way. */
const runLooks = async ({ engine, input, note }: RunOfPhases, statements: StatementLibrary, tables: Snapshots): Promise<void> => {
  const ask = async (title: string, sql: string): Promise<void> => {
    const { columns, rows, written } = await engine.execute(sql);
    const kept = columns.flatMap((column, at) => (column === 'object' ? [] : [at]));
    note(title, textOf({ columns: kept.map((at) => columns[at] ?? ''), rows: rows.map((row) => kept.map((at) => row[at] ?? null)), written }, true));
  };
  const [first] = BATCHES;
  for (const source of SOURCE_NAMES) {
    const objects = (first?.objects ?? []).filter(({ table }) => table === source).map(({ uri }) => uri);
    for (const rule of HOLDING_RULES) if (rule !== AUDIT_RULE) await ask(`${source}, ${rule}`, await lookAtObjects({ statements }, CONFIG, input, rule, source, objects));
  }
  for (const rule of AUDIT_RULES) for (const source of BLAMED[rule]) await ask(`${source}, ${rule}`, await lookAtAudit({ statements }, CONFIG, input, { rule, source }, tables));
};

const QUARANTINE = 'silver.quarantine';

/** A person discards every second quarantined record; the table goes back to what it was before, with some rows fewer; the decision is kept. */
const runDecisions = async (engine: Engine, tables: readonly TableDefinition[], runOn: (input: RunInput) => RunOfPhases): Promise<void> => {
  const definition = tables.find(({ name }) => name === QUARANTINE);
  if (definition === undefined) throw new Error(`there is no table ${QUARANTINE}`);
  const context = (input: RunInput): PhaseContext => ({ input, config: CONFIG, now: NOW, factsOf: async () => undefined });
  const note = async (title: string, input: RunInput): Promise<void> => runOn(input).note(title, await contentOf(engine, definition));
  await engine.execute(`UPDATE ${QUARANTINE} SET record_hash = lower(to_hex(sha256(to_utf8(record_hash))))`); // the batches' are for people
  const { rows } = await engine.execute(`SELECT record_hash, seen_count, CAST(CAST(first_seen_at AS date) AS varchar) FROM ${QUARANTINE} ORDER BY 1`);
  const decided = rows.filter((_row, at) => at % 2 === 0).map(([recordHash, seenCount, firstSeenDate]) => ({
    recordHash: recordHash ?? '', sourceSystem: 'app', seenCount: Number(seenCount), firstSeenDate: firstSeenDate ?? '', replayedAs: null,
  }));
  const decision: Decision = { id: 'decision-1', action: 'discard', decidedAt: NOW.toISOString(), note: null, patch: null, selection: {}, rows: decided };
  const applied: RunInput = { ...(await beginRun(engine, tables, { name: 'decision', kind: 'load', objects: [] }, 21)), kind: 'quarantine', decision };
  await runPhase(runOn(applied), decisionPhase, context(applied));
  await note('rows decided about', applied);
  const kept: RunInput = { ...(await beginRun(engine, tables, { name: 'rollback', kind: 'load', objects: [] }, 22)), kind: 'rollback' };
  await engine.execute(`DELETE FROM ${QUARANTINE} WHERE record_hash = '${decided[0]?.recordHash ?? ''}'`);
  await engine.execute(`UPDATE ${QUARANTINE} SET status = 'open', decision_id = NULL`);
  await runPhase(runOn(kept), keptDecisionsPhase, context(kept));
  await note('rows kept', kept);
};

const runPhase = async <Facts>(run: RunOfPhases, phase: Phase<Facts>, context: PhaseContext): Promise<Progress<Facts>> => {
  let progress: Progress<Facts> = { ...(await phase.start(context)), taken: 0, bytesScanned: 0 };
  for (let step = progress.steps[0]; step !== undefined; step = progress.steps[progress.taken]) {
    const outcome = await runStep(run, step);
    const rows = outcome.rows.map((row) => Object.fromEntries(row.map((value, index) => [outcome.columns[index] ?? '', value])));
    const more = step.hasResult === true ? await phase.advance(context, progress, step, rows) : { steps: [], facts: progress.facts };
    progress = { ...progress, taken: progress.taken + 1, steps: [...progress.steps, ...more.steps], facts: more.facts };
  }
  return progress;
};

/** A statement that writes is executed a second time, as after a lost answer: it must find nothing left to do. */
const runStep = async ({ engine, render, countStages, note }: RunOfPhases, step: Step): Promise<Outcome> => {
  const sql = await render(step.statement, { ...step.parameters, attempt: { kind: 'integer', value: '0' } });
  await countStages(step.statement, sql);
  const outcome = await engine.execute(sql);
  if (step.hasResult === true) note(step.statement, textOf(outcome, false));
  else if (!sql.startsWith('UNLOAD')) {
    note(step.statement, [`${outcome.written ?? 0} rows written`]);
    note(`${step.statement}, second execution`, [`${(await engine.execute(sql)).written ?? 0} rows written`]);
  }
  return outcome;
};

const textOf = ({ columns, rows }: Outcome, sorted: boolean): string[] => {
  const lines = rows.map((row) => row.map((value, index) => `${columns[index] ?? ''}=${value ?? 'NULL'}`).join(' · '));
  return sorted ? lines.sort() : lines;
};

/** Every row of a table, every value as text by the engine's own cast: no driver's formats come into it. */
const contentOf = async (engine: Engine, { name, columns, filter }: TableDefinition & { filter?: string }): Promise<string[]> => {
  const list = columns.map((column) => (column.type.startsWith('array') ? `json_format(CAST(${column.name} AS json)) AS ${column.name}` : `CAST(${column.name} AS varchar) AS ${column.name}`));
  return textOf(await engine.execute(`SELECT ${list.join(', ')} FROM ${name}${filter === undefined ? '' : ` WHERE ${filter}`}`), true);
};
