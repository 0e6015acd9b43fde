import { PREFLIGHT_RULES } from '../quality/index.ts';
import type { AcceptedRule } from './run-files.ts';
import { isSourceName, SOURCE_NAMES } from './sources.ts';

/** The rule under which objects are held whose run the audit refused. */
export const AUDIT_RULE = 'audit';

const RULES: readonly string[] = [...PREFLIGHT_RULES, AUDIT_RULE];

/**
 * The gates an execution's input releases: `{ "accept": [{ "rule": "invalid_share", "source": "events" }] }`.
 * @throws Error where `accept` has another form: a release that was mistyped must not pass as none
 */
export const acceptedRules = (input: unknown): AcceptedRule[] => {
  const accept = typeof input === 'object' && input !== null && 'accept' in input ? input.accept : undefined;
  if (accept === undefined || accept === null) return [];
  if (!Array.isArray(accept)) throw new Error('accept must be a list of { rule, source }');
  return accept.map((entry: unknown) => {
    const { rule, source } = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<string, unknown>;
    if (typeof rule !== 'string' || !RULES.includes(rule)) throw new Error(`accept: the rule must be one of ${RULES.join(', ')}: ${JSON.stringify(entry)}`);
    if (typeof source !== 'string' || !isSourceName(source)) throw new Error(`accept: the source must be one of ${SOURCE_NAMES.join(', ')}: ${JSON.stringify(entry)}`);
    return { rule, source };
  });
};
