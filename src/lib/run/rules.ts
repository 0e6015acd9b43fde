import { PREFLIGHT_RULES } from '../quality/index.ts';

/** The run was refused by the audit: its objects are held back. */
export const AUDIT_RULE = 'audit';
/** Athena names an object it cannot read: that one is held back. */
export const UNREADABLE_RULE = 'unreadable_object';
/** Runs failed again and again, at last on this object alone. */
export const FAILED_RULE = 'failed_run';

/** Every rule that objects can be held under, and that a person can release. */
export const HOLDING_RULES = [...PREFLIGHT_RULES, UNREADABLE_RULE, FAILED_RULE, AUDIT_RULE] as const;
export type HoldingRule = (typeof HOLDING_RULES)[number];
