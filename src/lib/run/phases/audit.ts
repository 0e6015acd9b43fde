import {
  judgeConservation, judgeHeldConservation, judgeThings, withReleases,
  type AuditRule, type BrokenThings, type ConservationFigures, type JudgedFinding, type LayerFigures,
} from '../../quality/index.ts';
import { databaseNames, type ResultRow } from '../../lake/index.ts';
import { chunksOf } from '../dates.ts';
import type { Step } from '../run-files.ts';
import { SOURCE_NAMES, SOURCES, SWEEP_PHASES, type SourceDefinition, type SourceName } from '../sources.ts';
import { AUDIT_RULE } from '../rules.ts';
import { recordStep } from '../record.ts';
import { baseSnapshotOf, commonParameters, count, date, dates, identifier, one, pathParameters, searchSpan, sourceParameters, text, type Phase, type PhaseContext } from './phase.ts';
import type { GoldFacts } from './gold.ts';
import { sweepGate, type SweepFacts } from './sweep.ts';
import { mergedDates, silverChunks, type SilverChunk, type SourceFacts } from './source.ts';

export interface AuditFacts {
  conservation: (ConservationFigures & { source: SourceName })[];
  layers: LayerFigures | null;
  /** A run with one that `blocks` must not be committed. */
  findings: JudgedFinding[];
  /** Steps with a result that have not ended yet. */
  outstanding: number;
}

const UNIQUE_KEYS = 'gates/unique_keys';
const USER_HISTORY = 'gates/user_history';
const LAYERS = 'gates/layers';
const NEW_REPEATED_KEYS = 'gates/new_repeated_keys';
const NEW_BROKEN_USERS = 'gates/new_broken_users';
const NEW_LAYER_DIFFERENCES = 'gates/new_layer_differences';

/**
 * Counts what the run has done, judges it, and records where every row went. What is found broken is compared with the tables as
 * they were before the run, in a statement of its own: damage that stood there already is reported and blocks nothing.
 */
export const auditPhase: Phase<AuditFacts> = {
  async start(context) {
    const steps = await gateSteps(context);
    const facts: AuditFacts = { conservation: [], layers: null, findings: [], outstanding: steps.length };
    return steps.length === 0 ? { steps: await recordStep(context, { status: 'committed', conservation: [] }), facts } : { steps, facts };
  },
  async advance(context, progress, step, rows) {
    const followUp = followUpOf(context, step, rows);
    const facts = { ...withResult(context, progress.facts, step, rows), outstanding: progress.facts.outstanding - 1 + followUp.length };
    if (facts.outstanding > 0) return { steps: followUp, facts };
    const judged = await judge(context, facts);
    return { steps: isRefused(judged) ? [] : await recordStep(context, { status: 'committed', conservation: judged.conservation }), facts: judged };
  },
};

export const isRefused = ({ findings }: Pick<AuditFacts, 'findings'>): boolean => findings.some(({ verdict }) => verdict === 'blocks');

const judge = async (context: PhaseContext, facts: AuditFacts): Promise<AuditFacts> => {
  const conservation = sumConservation(facts.conservation);
  const lost = await Promise.all(
    SOURCE_NAMES.map(async (source) => {
      const figures = conservation.filter((figure) => figure.source === source);
      const isHeld = ((await context.factsOf<SourceFacts>(source))?.facts.findings ?? []).length > 0;
      return isHeld ? judgeHeldConservation(source, figures) : judgeConservation(source, figures);
    }),
  );
  const released = context.input.accepted.filter(({ rule }) => rule === AUDIT_RULE).map(({ source }) => source);
  return { ...facts, conservation, findings: withReleases([...lost.flat(), ...facts.findings], released) };
};

const gateSteps = async (context: PhaseContext): Promise<Step[]> => {
  const perSource = await Promise.all(
    SOURCE_NAMES.map(async (name) => {
      const progress = await context.factsOf<SourceFacts>(name);
      return progress ? sourceGates(context, SOURCES[name], progress.facts) : [];
    }),
  );
  const swept = await Promise.all(
    SWEEP_PHASES.map(async (name) => {
      const progress = await context.factsOf<SweepFacts>(name);
      return progress ? sweepGate(context, name, progress.facts, UNIQUE_KEYS) : [];
    }),
  );
  const gold = await context.factsOf<GoldFacts>('gold');
  return [...perSource.flat(), ...swept.flat(), ...(gold && gold.facts.touchedRows > 0 ? [layersStep(context, gold.facts)] : [])];
};

const sourceGates = (context: PhaseContext, source: SourceDefinition, facts: SourceFacts): Step[] => {
  const { maxPathsPerStatement } = context.config.settings;
  const touched = mergedDates(facts);
  const { first, last } = searchSpan(context, touched);
  const span = { first_date: date(first), last_date: date(last) };
  const conservation = chunksOf(context.input.objects[source.name], maxPathsPerStatement).map(
    (objects): Step => ({ statement: source.conservationStatement, hasResult: true, parameters: { ...commonParameters(context), ...sourceParameters(context.input, source), ...pathParameters(objects), ...span } }),
  );
  if (touched.length === 0) return conservation;
  const { silver } = source;
  if (!silver) return [...conservation, { statement: USER_HISTORY, hasResult: true, parameters: commonParameters(context) }];
  return [...conservation, ...silverChunks(context, facts).map((chunk) => uniqueKeysStep(context, silver, chunk))];
};

/** Judged over the span that a MERGE has seen: what lies farther apart is the sweep's. */
const uniqueKeysStep = (context: PhaseContext, silver: NonNullable<SourceDefinition['silver']>, chunk: SilverChunk): Step => ({
  statement: UNIQUE_KEYS,
  hasResult: true,
  parameters: {
    ...commonParameters(context),
    silver_table: identifier(silver.table),
    key_column: identifier(silver.keyColumn),
    date_column: identifier(silver.dateColumn),
    dates: dates(chunk.dates),
    first_date: date(chunk.first),
    last_date: date(chunk.last),
  },
});

const layersStep = (context: PhaseContext, { firstDate, lastDate }: GoldFacts): Step => ({
  statement: LAYERS,
  hasResult: true,
  parameters: { ...commonParameters(context), first_date: date(firstDate), last_date: date(lastDate) },
});

/** Where a gate counts something broken: was it so before the run? */
const followUpOf = (context: PhaseContext, step: Step, rows: ResultRow[]): Step[] => {
  const after = (statement: string, bases: Step['parameters']): Step[] => [{ statement, hasResult: true, parameters: { ...step.parameters, ...bases } }];
  switch (step.statement) {
    case UNIQUE_KEYS:
      return count(one(rows, step.statement), 'repeated_keys') === 0 ? [] : after(NEW_REPEATED_KEYS, { table_base: baseOf(context, 'silver', silverTableOf(step)) });
    case USER_HISTORY:
      return count(one(rows, step.statement), 'broken_users') === 0 ? [] : after(NEW_BROKEN_USERS, { users_base: baseOf(context, 'silver', 'users') });
    case LAYERS: {
      const { differingSessions, repeatedSessions, negativeDurations } = layerFigures(one(rows, step.statement));
      const bases = { events_base: baseOf(context, 'silver', 'events'), gold_base: baseOf(context, 'gold', 'user_session_analysis') };
      return differingSessions + repeatedSessions + negativeDurations === 0 ? [] : after(NEW_LAYER_DIFFERENCES, bases);
    }
    default:
      return [];
  }
};

const baseOf = ({ input, config }: PhaseContext, database: 'silver' | 'gold', table: string): Step['parameters'][string] =>
  ({ kind: 'table-version', table: `${databaseNames(config.names.databasePrefix)[database]}.${table}`, snapshotId: baseSnapshotOf(input, `${database}.${table}`) });

const silverTableOf = ({ statement, parameters }: Step): SourceName => {
  const table = parameters['silver_table'];
  const source = SOURCE_NAMES.find((name) => table?.kind === 'identifier' && table.value === SOURCES[name].silver?.table);
  if (source === undefined) throw new Error(`${statement} was asked of no silver table`);
  return source;
};

const withResult = ({ config: { thresholds } }: PhaseContext, facts: AuditFacts, step: Step, rows: ResultRow[]): AuditFacts => {
  const found = (findings: JudgedFinding[]): AuditFacts => ({ ...facts, findings: [...facts.findings, ...findings] });
  switch (step.statement) {
    case UNIQUE_KEYS:
    case USER_HISTORY:
      return facts;
    case LAYERS:
      return { ...facts, layers: layerFigures(one(rows, step.statement)) };
    case NEW_REPEATED_KEYS:
      return found(judgeThings('unique_keys', silverTableOf(step), brokenThings(one(rows, step.statement)), thresholds));
    case NEW_BROKEN_USERS:
      return found(judgeThings('user_history', 'users', brokenThings(one(rows, step.statement)), thresholds));
    case NEW_LAYER_DIFFERENCES:
      return found(rows.flatMap((row) => judgeThings(layerRule(text(row, 'rule')), 'gold', brokenThings(row), thresholds)));
    default:
      return { ...facts, conservation: [...facts.conservation, ...rows.map((row) => conservationFigures(sourceOf(step), row))] };
  }
};

const brokenThings = (row: ResultRow): BrokenThings => ({
  newCount: count(row, 'new_count'),
  standingCount: count(row, 'standing_count'),
  newExample: row['new_example'] ?? null,
  standingExample: row['standing_example'] ?? null,
});

const LAYER_RULES = ['layer_counts', 'unique_sessions', 'session_duration'] as const satisfies readonly AuditRule[];

const layerRule = (name: string): (typeof LAYER_RULES)[number] => {
  const rule = LAYER_RULES.find((known) => known === name);
  if (rule === undefined) throw new Error(`no rule of the layers: ${name}`);
  return rule;
};

const sourceOf = (step: Step): SourceName => {
  const source = SOURCE_NAMES.find((name) => SOURCES[name].conservationStatement === step.statement);
  if (source === undefined) throw new Error(`${step.statement} has no result in the audit phase`);
  return source;
};

const conservationFigures = (source: SourceName, row: ResultRow): ConservationFigures & { source: SourceName } => ({
  source,
  sourceSystem: text(row, 'source_system'),
  bronzeRows: count(row, 'bronze_rows'),
  validRows: count(row, 'valid_rows'),
  validKeys: count(row, 'valid_keys'),
  foundKeys: count(row, 'found_keys'),
  invalidRows: count(row, 'invalid_rows'),
  quarantinedRows: count(row, 'quarantined_rows'),
  lateRows: count(row, 'late_rows'),
});

const layerFigures = (row: ResultRow): LayerFigures => ({
  silverEvents: count(row, 'silver_events'),
  goldEvents: count(row, 'gold_events'),
  goldRows: count(row, 'gold_rows'),
  differingSessions: count(row, 'differing_sessions'),
  repeatedSessions: count(row, 'repeated_sessions'),
  negativeDurations: count(row, 'negative_durations'),
  purchasesWithoutViewOrCart: count(row, 'purchases_without_view_or_cart'),
  sessionsWithSeveralUsers: count(row, 'sessions_with_several_users'),
});

/** A source of many objects is counted group by group: the groups' figures of one source_system are added up. */
const sumConservation = (figures: AuditFacts['conservation']): AuditFacts['conservation'] => {
  const sums = new Map<string, AuditFacts['conservation'][number]>();
  for (const figure of figures) {
    const sum = sums.get(figure.sourceSystem);
    sums.set(figure.sourceSystem, sum === undefined ? figure : addFigures(sum, figure));
  }
  return [...sums.values()];
};

const addFigures = <T extends ConservationFigures>(a: T, b: T): T => ({
  ...a,
  bronzeRows: a.bronzeRows + b.bronzeRows,
  validRows: a.validRows + b.validRows,
  validKeys: a.validKeys + b.validKeys,
  foundKeys: a.foundKeys + b.foundKeys,
  invalidRows: a.invalidRows + b.invalidRows,
  quarantinedRows: a.quarantinedRows + b.quarantinedRows,
  lateRows: a.lateRows + b.lateRows,
});
