export { AUDIT_RULES, judgeConservation, judgeHeldConservation, judgeThings, withReleases } from './audit.ts';
export type { AuditFinding, AuditRule, BrokenThings, ConservationFigures, JudgedFinding, LayerFigures, Verdict } from './audit.ts';
export { joinFigures } from './finding.ts';
export type { Finding } from './finding.ts';
export { judgeInput, judgePreflight, PREFLIGHT_RULES, sumPreflight } from './preflight.ts';
export type { InputFigures, PreflightFigures, PreflightFinding, PreflightRule } from './preflight.ts';
export { parseThresholds, readThresholds, sharesOf, ThresholdsError } from './thresholds.ts';
export type { Thresholds } from './thresholds.ts';
