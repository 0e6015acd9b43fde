import { conservationFindings, layerFindings, repeatedKeyFindings, userHistoryFindings, type ConservationFigures, type Finding, type LayerFigures } from '../../quality/index.ts';
import type { ResultRow } from '../../lake/index.ts';
import { chunksOf } from '../dates.ts';
import type { Step } from '../run-files.ts';
import { SOURCE_NAMES, SOURCES, SWEEP_PHASES, type SourceDefinition, type SourceName } from '../sources.ts';
import { recordStep } from '../record.ts';
import { commonParameters, count, date, dates, identifier, one, pathParameters, text, widened, type Phase, type PhaseContext } from './phase.ts';
import type { GoldFacts } from './gold.ts';
import { sweepGate, type SweepFacts } from './sweep.ts';
import { mergedDates, silverChunks, type SilverChunk, type SourceFacts } from './source.ts';

/** Rows have vanished or doubled, or layers disagree: the run must not be committed. The message names rule and figure. */
export class AuditFailedError extends Error {
  override readonly name = 'AuditFailedError';
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    super(findings.map(({ rule, figure }) => `${rule}: ${figure}`).join('; '));
    this.findings = findings;
  }
}

export interface AuditFacts {
  conservation: (ConservationFigures & { source: SourceName })[];
  layers: LayerFigures | null;
  findings: Finding[];
  /** Steps with a result that have not ended yet. */
  outstanding: number;
}

const UNIQUE_KEYS = 'gates/unique_keys';
const USER_HISTORY = 'gates/user_history';
const LAYERS = 'gates/layers';

/** Counts what the run has done, refuses to go on where it does not add up, and records where every row went. */
export const auditPhase: Phase<AuditFacts> = {
  async start(context) {
    const steps = await gateSteps(context);
    const facts: AuditFacts = { conservation: [], layers: null, findings: [], outstanding: steps.length };
    return steps.length === 0 ? { steps: await recordStep(context, facts.conservation, 'committed'), facts } : { steps, facts };
  },
  async advance(context, progress, step, rows) {
    const facts = { ...withResult(progress.facts, step, rows), outstanding: progress.facts.outstanding - 1 };
    if (facts.outstanding > 0) return { steps: [], facts };
    const summed = { ...facts, conservation: sumConservation(facts.conservation) };
    const findings = [...summed.findings, ...conservationFindings(summed.conservation)];
    if (findings.length > 0) throw new AuditFailedError(findings);
    return { steps: await recordStep(context, summed.conservation, 'committed'), facts: summed };
  },
};

const gateSteps = async (context: PhaseContext): Promise<Step[]> => {
  const perSource = await Promise.all(
    SOURCE_NAMES.map(async (name) => {
      const progress = await context.factsOf<SourceFacts>(name);
      return progress && progress.facts.findings.length === 0 ? sourceGates(context, SOURCES[name], progress.facts) : [];
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
  const { horizonDays, maxPathsPerStatement } = context.config.settings;
  const touched = mergedDates(facts);
  const { first, last } = widened(touched, horizonDays);
  const span = { first_date: date(first), last_date: date(last) };
  const conservation = chunksOf(context.input.objects[source.name], maxPathsPerStatement).map(
    (objects): Step => ({ statement: source.conservationStatement, hasResult: true, parameters: { ...commonParameters(context), ...pathParameters(objects), ...span } }),
  );
  if (touched.length === 0) return conservation;
  const { silver } = source;
  if (!silver) return [...conservation, { statement: USER_HISTORY, hasResult: true, parameters: commonParameters(context) }];
  return [...conservation, ...silverChunks(context.config, facts).map((chunk) => uniqueKeysStep(context, silver, chunk))];
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

const withResult = (facts: AuditFacts, step: Step, rows: ResultRow[]): AuditFacts => {
  switch (step.statement) {
    case UNIQUE_KEYS: {
      const row = one(rows, step.statement);
      const table = step.parameters['silver_table'];
      const found = repeatedKeyFindings(table?.kind === 'identifier' ? `silver.${table.value}` : 'silver', count(row, 'repeated_keys'), row['example'] ?? null);
      return { ...facts, findings: [...facts.findings, ...found] };
    }
    case USER_HISTORY: {
      const row = one(rows, step.statement);
      return { ...facts, findings: [...facts.findings, ...userHistoryFindings(count(row, 'broken_versions'), row['example'] ?? null)] };
    }
    case LAYERS: {
      const layers = layerFigures(one(rows, step.statement));
      return { ...facts, layers, findings: [...facts.findings, ...layerFindings(layers)] };
    }
    default:
      return { ...facts, conservation: [...facts.conservation, ...rows.map((row) => conservationFigures(sourceOf(step), row))] };
  }
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
