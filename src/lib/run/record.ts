import type { ConservationFigures } from '../quality/index.ts';
import type { Cell } from '../statements/index.ts';
import { commonParameters, type PhaseContext } from './phases/phase.ts';
import type { SourceFacts } from './phases/source.ts';
import type { Step } from './run-files.ts';
import { SOURCE_NAMES, type SourceName } from './sources.ts';

export type RunStatus = 'committed' | 'held' | 'failed';

/** How a run ended, as far as its records tell. */
export type RunOutcome =
  | { status: 'committed'; conservation: readonly (ConservationFigures & { source: SourceName })[] }
  /** Nothing of the run stays; of some sources objects are held back. */
  | { status: 'failed'; heldObjects: Readonly<Record<SourceName, number>> };

/** A run's row of gold.run_audit for one source_system. */
export interface RunRecord {
  source: SourceName;
  sourceSystem: string;
  bronzeObjects: number;
  bronzeRows: number;
  silverRows: number;
  duplicates: number;
  quarantined: number;
  heldObjects: number;
  /** `held`: the run was committed, but the preflight gate holds back this source. */
  status: RunStatus;
}

/** What a run has to record: one row per source_system met in its objects. */
export const recordsOf = async (context: PhaseContext, outcome: RunOutcome): Promise<RunRecord[]> => {
  const records = await Promise.all(SOURCE_NAMES.map(async (source) => recordsOfSource(context, source, (await context.factsOf<SourceFacts>(source))?.facts, outcome)));
  return records.flat();
};

const recordsOfSource = ({ input }: PhaseContext, source: SourceName, facts: SourceFacts | undefined, outcome: RunOutcome): RunRecord[] => {
  const bronzeObjects = input.objects[source].length;
  if (bronzeObjects === 0) return [];
  const preflight = facts?.preflight ?? [];
  const nothing = { source, bronzeObjects, silverRows: 0, duplicates: 0, quarantined: 0 };
  if (outcome.status === 'failed') {
    const failed = { ...nothing, heldObjects: outcome.heldObjects[source], status: 'failed' as const };
    // What came to its end before its rows were counted leaves a row as well, under the source's own name.
    return preflight.length === 0 ? [{ ...failed, sourceSystem: source, bronzeRows: 0 }] : preflight.map(({ sourceSystem, rows }) => ({ ...failed, sourceSystem, bronzeRows: rows }));
  }
  const isHeld = facts !== undefined && facts.findings.length > 0;
  return preflight.map(({ sourceSystem, rows }): RunRecord => {
    const figures = outcome.conservation.find((figure) => figure.sourceSystem === sourceSystem);
    const counted = { ...nothing, sourceSystem, bronzeRows: figures?.bronzeRows ?? (isHeld ? rows : 0), quarantined: figures?.quarantinedRows ?? 0 };
    if (isHeld) return { ...counted, heldObjects: bronzeObjects, status: 'held' };
    return { ...counted, silverRows: figures?.foundKeys ?? 0, duplicates: figures ? figures.validRows - figures.validKeys : 0, heldObjects: 0, status: 'committed' };
  });
};

/** The statement that writes a run's records; none where there is nothing to record. */
export const recordStep = async (context: PhaseContext, outcome: RunOutcome): Promise<Step[]> => {
  const records = await recordsOf(context, outcome);
  if (records.length === 0) return [];
  const bytes = await bytesScanned(context);
  const rows = records.map((record) => rowOf(context, record, bytes));
  return [{ statement: 'gold/record_run', parameters: { ...commonParameters(context), figures: { kind: 'rows', value: rows } } }];
};

/** By all statements of the run so far: the same figure in each of its rows. */
const bytesScanned = async ({ factsOf }: PhaseContext): Promise<number> => {
  const phases = await Promise.all([...SOURCE_NAMES, 'gold', 'audit'].map((phase) => factsOf<unknown>(phase)));
  return phases.reduce((sum, progress) => sum + (progress?.bytesScanned ?? 0), 0);
};

const integer = (value: number): Cell => ({ kind: 'integer', value: String(value) });
const timestamp = (iso: string): Cell => ({ kind: 'timestamp', value: `${iso.slice(0, 10)} ${iso.slice(11, 23)}000` });

const rowOf = ({ input, now }: PhaseContext, record: RunRecord, bytes: number): Cell[] => [
  { kind: 'id', value: input.runId },
  { kind: 'id', value: record.sourceSystem },
  integer(record.bronzeObjects),
  integer(record.bronzeRows),
  integer(record.silverRows),
  integer(record.duplicates),
  integer(record.quarantined),
  integer(record.heldObjects),
  timestamp(input.startedAt),
  timestamp(now.toISOString()),
  { kind: 'id', value: record.status },
  integer(bytes),
];
