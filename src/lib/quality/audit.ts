import type { Finding } from './finding.ts';
import type { Thresholds } from './thresholds.ts';

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
  /** Sessions that have other numbers of events in silver and in gold. */
  differingSessions: number;
  /** Sessions of a user that stand in gold in more than one row. */
  repeatedSessions: number;
  negativeDurations: number;
  /** Reported only. */
  purchasesWithoutViewOrCart: number;
  /** Reported only. */
  sessionsWithSeveralUsers: number;
}

export const AUDIT_RULES = ['conservation', 'unique_keys', 'user_history', 'layer_counts', 'unique_sessions', 'session_duration'] as const;
export type AuditRule = (typeof AUDIT_RULES)[number];

/** `source`: the source whose rows are meant, or `gold`. */
export type AuditFinding = Finding & { rule: AuditRule; source: string };

/** `stood_before`: it was so before the run as well, which therefore is not to blame; `accepted`: a person has released it. */
export type Verdict = 'blocks' | 'stood_before' | 'accepted';
export type JudgedFinding = AuditFinding & { verdict: Verdict };

/** How many of the things a rule counts were whole before the run, and how many were broken already. */
export interface BrokenThings {
  newCount: number;
  standingCount: number;
  newExample: string | null;
  standingExample: string | null;
}

type CountedRule = Exclude<AuditRule, 'conservation'>;

const THINGS: Readonly<Record<CountedRule, (count: number) => string>> = {
  unique_keys: (count) => `${count} keys stand in more than one row`,
  user_history: (count) => `${count} users have versions that overlap or leave a gap`,
  layer_counts: (count) => `${count} sessions have other numbers of events in silver and in gold`,
  unique_sessions: (count) => `${count} sessions stand in gold more than once`,
  session_duration: (count) => `${count} sessions end before they start`,
};

const limitOf = (rule: CountedRule, { audit }: Thresholds): number =>
  ({ unique_keys: audit.repeatedKeys, user_history: audit.brokenUsers, layer_counts: audit.differingSessions, unique_sessions: audit.repeatedSessions, session_duration: audit.negativeDurations })[rule];

/** Where a source's rows went: bronze = silver + duplicates + quarantined (DATA 4.1, rule 5), or rows have vanished. */
export const judgeConservation = (source: string, figures: readonly ConservationFigures[]): (AuditFinding & { verdict: 'blocks' })[] =>
  figures
    .filter(({ bronzeRows, validRows, validKeys, foundKeys, quarantinedRows }) => bronzeRows !== foundKeys + (validRows - validKeys) + quarantinedRows)
    .map(({ sourceSystem, bronzeRows, validRows, validKeys, foundKeys, quarantinedRows }) => ({
      rule: 'conservation',
      source,
      verdict: 'blocks',
      figure: `${sourceSystem}: ${bronzeRows} bronze rows, but ${foundKeys} in silver + ${validRows - validKeys} duplicates + ${quarantinedRows} quarantined`,
    }));

/** Of a source that the preflight holds back, only the invalid rows go anywhere. */
export const judgeHeldConservation = (source: string, figures: readonly ConservationFigures[]): (AuditFinding & { verdict: 'blocks' })[] =>
  figures
    .filter(({ invalidRows, quarantinedRows }) => invalidRows !== quarantinedRows)
    .map(({ sourceSystem, invalidRows, quarantinedRows }) => ({ rule: 'conservation', source, verdict: 'blocks', figure: `${sourceSystem}: ${invalidRows} invalid rows, but ${quarantinedRows} quarantined` }));

/** Only what was whole before the run can block it: else damage in a table would hold back every run from then on. */
export const judgeThings = (rule: CountedRule, source: string, { newCount, standingCount, newExample, standingExample }: BrokenThings, thresholds: Thresholds): JudgedFinding[] => {
  const finding = (count: number, example: string | null, verdict: Verdict): JudgedFinding => ({ rule, source, verdict, figure: `${THINGS[rule](count)}, e.g. ${example ?? ''}` });
  return [...(newCount > limitOf(rule, thresholds) ? [finding(newCount, newExample, 'blocks')] : []), ...(standingCount > 0 ? [finding(standingCount, standingExample, 'stood_before')] : [])];
};

/**
 * Lets pass what a person released: the findings of a source, and those of gold, which any source's release can be for.
 * @param released the sources whose objects are released from the audit
 */
export const withReleases = (findings: readonly JudgedFinding[], released: readonly string[]): JudgedFinding[] =>
  findings.map((finding) => (finding.verdict === 'blocks' && (released.includes(finding.source) || (finding.source === 'gold' && released.length > 0)) ? { ...finding, verdict: 'accepted' } : finding));
