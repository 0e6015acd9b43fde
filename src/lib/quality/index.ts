export { conservationFindings, layerFindings, repeatedKeyFindings, userHistoryFindings } from './audit.ts';
export type { ConservationFigures, LayerFigures } from './audit.ts';
export { judgeInput, judgePreflight, PREFLIGHT_RULES, sumPreflight } from './preflight.ts';
export type { Finding, InputFigures, PreflightFigures, PreflightRule } from './preflight.ts';
export { DEFAULT_THRESHOLDS } from './thresholds.ts';
export type { Thresholds } from './thresholds.ts';
