export { createErrorLedger } from './error-ledger.ts';
export type { ErrorLedger, ErrorObject } from './error-ledger.ts';
export { measureRedrive } from './measure.ts';
export { redrive, redriveDefaults } from './redrive.ts';
export type { RedriveConfig, RedriveOutcome, RedrivePorts } from './redrive.ts';
export { countUndelivered, findUndelivered, sumUndelivered } from './undelivered.ts';
export type { ErrorPrefixPorts, Undelivered } from './undelivered.ts';
