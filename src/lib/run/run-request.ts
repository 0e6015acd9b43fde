import type { BackfillCursor, DateRange } from './backfill-steps.ts';
import { RUN_KINDS } from './kinds/index.ts';
import type { Retained } from './kinds/retention.ts';
import { HOLDING_RULES, type HoldingRule } from './rules.ts';
import type { AcceptedRule, RunKind } from './run-files.ts';
import { isSourceName, SOURCE_NAMES } from './sources.ts';

/** What a run is asked to do. */
export interface RunRequest {
  kind: RunKind;
  accept: AcceptedRule[];
  /** While another run is at work: `wait` for it, as those do that a schedule starts; else end at once. */
  ifBusy?: 'wait';
  /** Of a rollback: a run's id, or a time. */
  to?: string;
  /** Of a backfill: its range of dates, and where it goes on. */
  backfill?: DateRange & { next: BackfillCursor };
  /** Of a quarantine run: the decision's S3 key. */
  decision?: string;
  /** Of a retention: what silver keeps. */
  retained?: Retained;
}

/**
 * Reads an execution's input: `{ "accept": [{ "rule": "invalid_share", "source": "events" }] }` releases gates,
 * `{ "kind": "sweep" }` and `{ "kind": "maintenance" }` ask for what is done daily, `{ "kind": "rollback", "to": "2025-11-07T19:46:52Z" }` goes
 * back, `{ "kind": "backfill", "from": "2025-11-01", "to": "2025-11-07" }` does a range of dates once more, its first step where `next` is not
 * given, `{ "kind": "quarantine", "decision": "state/quarantine/….json" }` applies a decision, `{ "kind": "retention", "days": 365 }` or `"before":
 * "2025-06-15"` ends what silver has kept long enough; anything else asks for the hourly load. With `"ifBusy": "wait"` each of them waits
 * while another run is at work.
 * @throws Error where `kind`, `accept` or `ifBusy` has another form: what was mistyped must not pass as nothing
 */
export const runRequest = (input: unknown): RunRequest => {
  const members = typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {};
  const kind = runKind(members['kind']);
  return { kind, accept: acceptedRules(members['accept']), ...ifBusy(members['ifBusy']), ...RUN_KINDS[kind].request(members) };
};

const isRunKind = (kind: unknown): kind is RunKind => typeof kind === 'string' && Object.hasOwn(RUN_KINDS, kind);

const runKind = (kind: unknown): RunKind => {
  if (kind === undefined || kind === null) return 'load';
  if (!isRunKind(kind)) throw new Error(`kind must be one of ${Object.keys(RUN_KINDS).join(', ')}: ${JSON.stringify(kind)}`);
  return kind;
};

const ifBusy = (value: unknown): Pick<RunRequest, 'ifBusy'> => {
  if (value === undefined || value === null) return {};
  if (value !== 'wait') throw new Error(`ifBusy must be "wait", where it is given: ${JSON.stringify(value)}`);
  return { ifBusy: value };
};

const isHoldingRule = (rule: unknown): rule is HoldingRule => HOLDING_RULES.some((known) => known === rule);

const acceptedRules = (accept: unknown): AcceptedRule[] => {
  if (accept === undefined || accept === null) return [];
  if (!Array.isArray(accept)) throw new Error('accept must be a list of { rule, source }');
  return accept.map((entry: unknown) => {
    const { rule, source } = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<string, unknown>;
    if (!isHoldingRule(rule)) throw new Error(`accept: the rule must be one of ${HOLDING_RULES.join(', ')}: ${JSON.stringify(entry)}`);
    if (typeof source !== 'string' || !isSourceName(source)) throw new Error(`accept: the source must be one of ${SOURCE_NAMES.join(', ')}: ${JSON.stringify(entry)}`);
    return { rule, source };
  });
};
