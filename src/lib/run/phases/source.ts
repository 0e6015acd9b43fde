import { judgeInput, judgePreflight, sumPreflight, type PreflightFigures, type PreflightFinding } from '../../quality/index.ts';
import type { ResultRow } from '../../lake/index.ts';
import { chunksOf, distinctSorted } from '../dates.ts';
import type { Step } from '../run-files.ts';
import type { SourceDefinition } from '../sources.ts';
import { commonParameters, count, date, dateTexts, pathParameters, searchSpan, sourceParameters, text, type Phase, type PhaseContext } from './phase.ts';

/** What a source's phase found in its objects. */
export interface SourceFacts {
  preflight: PreflightFigures[];
  /** Objects in which rows were found. */
  readObjects: number;
  /** The rules of the preflight gate that hold the source's objects back; empty: it is merged. */
  findings: PreflightFinding[];
  /** One entry per group of objects, in the order of the groups. */
  touched: TouchedDates[];
}

export interface TouchedDates {
  /** Dates of the valid rows' event times. */
  valid: string[];
  /** Are there invalid rows? */
  hasInvalid: boolean;
}

/** All dates of a source's valid rows; none where it is held back. */
export const mergedDates = (facts: SourceFacts | undefined): string[] => (facts === undefined || facts.findings.length > 0 ? [] : distinctSorted(facts.touched.flatMap(({ valid }) => valid)));

const PREFLIGHT = 'gates/preflight';
const INPUT_DATES = 'plan/input_dates';
const QUARANTINE_DATES = 'plan/quarantine_dates';

/** Preflight gate, then silver (unless the gate holds the source back), then quarantine. */
export const createSourcePhase = (source: SourceDefinition): Phase<SourceFacts> => ({
  async start(context) {
    const steps = objectGroups(context, source).flatMap((objects): Step[] =>
      [PREFLIGHT, INPUT_DATES].map((statement) => ({ statement, hasResult: true, parameters: groupParameters(context, source, objects) })),
    );
    return { steps, facts: { preflight: [], readObjects: 0, findings: [], touched: [] } };
  },
  async advance(context, progress, step, rows) {
    if (step.statement === QUARANTINE_DATES) return { steps: quarantineSteps(context, step, rows), facts: progress.facts };
    const facts = step.statement === PREFLIGHT ? withPreflight(progress.facts, rows) : withDates(progress.facts, rows);
    const isLast = facts.touched.length === objectGroups(context, source).length;
    if (!isLast) return { steps: [], facts };
    const judged = { ...facts, findings: judge(context, source, facts) };
    return { steps: mergeSteps(context, source, judged), facts: judged };
  },
});

const objectGroups = ({ input, config }: PhaseContext, source: SourceDefinition): string[][] => chunksOf(input.objects[source.name], config.settings.maxPathsPerStatement);

const groupParameters = (context: PhaseContext, source: SourceDefinition, objects: readonly string[]): Step['parameters'] => ({
  ...commonParameters(context),
  ...pathParameters(objects),
  ...sourceParameters(context.input, source),
  header_column: { kind: 'column', value: source.headerColumn },
});

const withPreflight = (facts: SourceFacts, rows: ResultRow[]): SourceFacts => ({
  ...facts,
  readObjects: facts.readObjects + (rows[0] === undefined ? 0 : count(rows[0], 'object_count')),
  preflight: sumPreflight([
    ...facts.preflight,
    ...rows.map((row) => ({
      sourceSystem: text(row, 'source_system'),
      rows: count(row, 'row_count'),
      invalidRows: count(row, 'invalid_rows'),
      duplicateRows: count(row, 'duplicate_rows'),
      rowsWithoutUser: count(row, 'rows_without_user'),
      rowsWithUnknownFields: count(row, 'rows_with_unknown_fields'),
    })),
  ]),
});

const withDates = (facts: SourceFacts, rows: ResultRow[]): SourceFacts => {
  const valid = distinctSorted(rows.filter((row) => row['validity'] === 'valid').map((row) => text(row, 'date_text')));
  return { ...facts, touched: [...facts.touched, { valid, hasInvalid: rows.some((row) => row['validity'] === 'invalid') }] };
};

const judge = ({ input, config }: PhaseContext, source: SourceDefinition, facts: SourceFacts): PreflightFinding[] => {
  const accepted = input.accepted.filter((rule) => rule.source === source.name).map(({ rule }) => rule);
  const batch = { objects: input.objects[source.name].length, readObjects: facts.readObjects, touchedDates: mergedDates({ ...facts, findings: [] }).length };
  return [...judgePreflight(facts.preflight, config.thresholds, accepted), ...judgeInput(batch, config.thresholds, accepted)];
};

const mergeSteps = (context: PhaseContext, source: SourceDefinition, facts: SourceFacts): Step[] =>
  objectGroups(context, source).flatMap((objects, group) => {
    const parameters = groupParameters(context, source, objects);
    const touched = facts.touched[group] ?? { valid: [], hasInvalid: false };
    return [
      ...(facts.findings.length > 0 ? [] : silverSteps(context, source, parameters, touched.valid)),
      ...(touched.hasInvalid ? [{ statement: QUARANTINE_DATES, hasResult: true, parameters }] : []),
    ];
  });

/** One MERGE per group of partitions that Athena can write at once. */
const quarantineSteps = ({ config }: PhaseContext, step: Step, rows: ResultRow[]): Step[] =>
  chunksOf(rows.map((row) => text(row, 'date_text')), config.settings.maxPartitionsPerStatement).map(
    (days): Step => ({ statement: 'silver/merge_quarantine', parameters: { ...step.parameters, dates: { kind: 'dates', value: days } } }),
  );

/** One MERGE per group of dates that Athena can write at once; one in all where the table has no partitions. A backfill also compares the content of rows. */
const silverSteps = (context: PhaseContext, source: SourceDefinition, parameters: Step['parameters'], days: readonly string[]): Step[] => {
  if (days.length === 0) return [];
  const statements = context.input.kind === 'backfill' ? [source.mergeStatement, source.repairStatement] : [source.mergeStatement];
  const chunks = source.silver ? chunksOfDates(context, days).map((chunk) => ({ ...parameters, date_texts: dateTexts(chunk.dates), first_date: date(chunk.first), last_date: date(chunk.last) })) : [parameters];
  return chunks.flatMap((chunk) => statements.map((statement): Step => ({ statement, parameters: chunk })));
};

/** Dates that one MERGE writes, and the span in which it looks for earlier versions. */
export interface SilverChunk {
  dates: string[];
  first: string;
  last: string;
}

const chunksOfDates = (context: PhaseContext, days: readonly string[]): SilverChunk[] =>
  chunksOf(days, context.config.settings.maxPartitionsPerStatement).map((chunk) => ({ dates: chunk, ...searchSpan(context, chunk) }));

/** What the MERGEs of a source's phase wrote and saw, one entry for each of them. */
export const silverChunks = (context: PhaseContext, facts: SourceFacts): SilverChunk[] => facts.touched.flatMap(({ valid }) => chunksOfDates(context, valid));
