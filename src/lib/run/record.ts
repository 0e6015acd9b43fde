import type { ConservationFigures, PreflightFigures } from '../quality/index.ts';
import type { Cell } from '../statements/index.ts';
import { commonParameters, type PhaseContext } from './phases/phase.ts';
import type { SourceFacts } from './phases/source.ts';
import type { Step } from './run-files.ts';
import { SOURCE_NAMES, type SourceName } from './sources.ts';

export type RunStatus = 'committed' | 'failed';

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
  status: RunStatus | 'held';
}

/** What a run has to record: one row per source_system met in its objects. A source the preflight held back is recorded as held. */
export const recordsOf = async (context: PhaseContext, conservation: readonly (ConservationFigures & { source: SourceName })[], status: RunStatus): Promise<RunRecord[]> => {
  const records = await Promise.all(
    SOURCE_NAMES.map(async (source) => {
      const facts = (await context.factsOf<SourceFacts>(source))?.facts;
      const objects = context.input.objects[source].length;
      return (facts?.preflight ?? []).map((preflight): RunRecord => {
        const figures = conservation.find(({ sourceSystem }) => sourceSystem === preflight.sourceSystem);
        const isHeld = facts !== undefined && facts.findings.length > 0;
        return recordOf(source, preflight, figures, objects, isHeld ? 'held' : status);
      });
    }),
  );
  return records.flat();
};

const recordOf = (source: SourceName, preflight: PreflightFigures, figures: ConservationFigures | undefined, objects: number, status: RunRecord['status']): RunRecord => ({
  source,
  sourceSystem: preflight.sourceSystem,
  bronzeObjects: objects,
  bronzeRows: figures?.bronzeRows ?? preflight.rows,
  silverRows: figures?.foundKeys ?? 0,
  duplicates: figures ? figures.validRows - figures.validKeys : 0,
  quarantined: figures?.quarantinedRows ?? preflight.invalidRows,
  heldObjects: status === 'held' ? objects : 0,
  status,
});

/** The statement that writes a run's records; none where there is nothing to record. */
export const recordStep = async (context: PhaseContext, conservation: readonly (ConservationFigures & { source: SourceName })[], status: RunStatus): Promise<Step[]> => {
  const records = await recordsOf(context, conservation, status);
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
