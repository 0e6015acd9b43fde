import type { Finding } from './preflight.ts';

/** What a conservation statement counted for one source_system over the run's objects. */
export interface ConservationFigures {
  sourceSystem: string;
  bronzeRows: number;
  validRows: number;
  /** Distinct keys among the valid rows. */
  validKeys: number;
  /** Those of them that silver holds at that version or a newer one. */
  foundKeys: number;
  invalidRows: number;
  /** Invalid rows whose record stands in quarantine. */
  quarantinedRows: number;
  lateRows: number;
}

/** What gates/layers.sql counted over the touched sessions. */
export interface LayerFigures {
  silverEvents: number;
  goldEvents: number;
  goldRows: number;
  /** Gold rows beyond the first of a (session_id, user_id). */
  repeatedSessions: number;
  negativeDurations: number;
  /** Reported only. */
  purchasesWithoutViewOrCart: number;
  /** Reported only. */
  sessionsWithSeveralUsers: number;
}

/** Where a source's rows went: bronze = silver + duplicates + quarantined (DATA 4.1, rule 5), or rows have vanished. */
export const conservationFindings = (figures: readonly ConservationFigures[]): Finding[] =>
  figures
    .filter(({ bronzeRows, validRows, validKeys, foundKeys, quarantinedRows }) => bronzeRows !== foundKeys + (validRows - validKeys) + quarantinedRows)
    .map((source) => ({
      rule: 'conservation',
      figure: `${source.sourceSystem}: ${source.bronzeRows} bronze rows, but ${source.foundKeys} in silver + ${source.validRows - source.validKeys} duplicates + ${source.quarantinedRows} quarantined`,
    }));

export const repeatedKeyFindings = (table: string, repeatedKeys: number, example: string | null): Finding[] =>
  repeatedKeys === 0 ? [] : [{ rule: 'unique_keys', figure: `${table}: ${repeatedKeys} keys in more than one row, e.g. ${example ?? ''}` }];

export const userHistoryFindings = (brokenVersions: number, example: string | null): Finding[] =>
  brokenVersions === 0 ? [] : [{ rule: 'user_history', figure: `silver.users: ${brokenVersions} versions overlap or leave a gap, e.g. of ${example ?? ''}` }];

export const layerFindings = (figures: LayerFigures): Finding[] => [
  ...(figures.silverEvents === figures.goldEvents ? [] : [{ rule: 'layer_counts', figure: `the touched sessions have ${figures.silverEvents} events in silver and ${figures.goldEvents} in gold` }]),
  ...(figures.repeatedSessions === 0 ? [] : [{ rule: 'unique_sessions', figure: `${figures.repeatedSessions} sessions stand in gold more than once` }]),
  ...(figures.negativeDurations === 0 ? [] : [{ rule: 'session_duration', figure: `${figures.negativeDurations} sessions end before they start` }]),
];
