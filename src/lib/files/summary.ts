import type { Observability } from '../observability/index.ts';
import type { FileOutcome } from './ingest-transactions.ts';

/** A call's answer: plain JSON. */
export interface FilesSummary {
  files: { file: string; state: FileOutcome['state']; rows: number; quarantined: number; parts: number; reason?: string }[];
  rows: number;
  quarantined: number;
}

const sum = (outcomes: readonly FileOutcome[], member: 'rows' | 'quarantined'): number => outcomes.reduce((total, outcome) => total + outcome[member], 0);
const howMany = (outcomes: readonly FileOutcome[], states: readonly string[]): number => outcomes.filter(({ state }) => states.includes(state)).length;

/** What a call did; files known from before are not told again. */
export const summarise = (outcomes: readonly FileOutcome[]): FilesSummary => ({
  files: outcomes.map(({ file, state, rows, quarantined, parts, reason }) => ({ file, state, rows, quarantined, parts, ...(reason === undefined ? {} : { reason }) })),
  rows: sum(outcomes, 'rows'),
  quarantined: sum(outcomes, 'quarantined'),
});

export const measureFiles = (outcomes: readonly FileOutcome[], { measure }: Pick<Observability, 'measure'>): void => {
  measure('transactions', {
    RecordsCaptured: sum(outcomes, 'rows'),
    RecordsQuarantined: sum(outcomes, 'quarantined'),
    FilesIngested: howMany(outcomes, ['done']),
    FilesFailed: howMany(outcomes, ['failed', 'unreadable']),
    FilesWaiting: howMany(outcomes, ['waiting', 'unfinished']),
  });
  for (const { unknownFields } of outcomes) {
    for (const [field, times] of unknownFields ?? []) measure('transactions', { UnknownFields: times }, { field });
  }
};
