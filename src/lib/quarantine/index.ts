export { createDecision, decisionKeyOf, isDecisionKey, putDecision, readDecision, STATUS_AFTER } from './decision.ts';
export type { DecidedRow, Decision, DecisionAction } from './decision.ts';
export { checkPatch, patchCsv, patchJson, PatchError } from './patch.ts';
export { judgeAnew, sendReplays } from './replay.ts';
export type { Judged, QuarantinedRecord, Replay, ReplayPorts } from './replay.ts';
