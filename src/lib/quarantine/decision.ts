import { createHash } from 'node:crypto';
import type { Objects } from '../aws/index.ts';

/** `replay`: sent once more. `discard`: never to be sent. */
export type DecisionAction = 'replay' | 'discard';

/** The status of a row after a decision. */
export const STATUS_AFTER = { replay: 'replayed', discard: 'discarded' } as const satisfies Record<DecisionAction, string>;

/** A quarantined record as it was when it was decided about. */
export interface DecidedRow {
  recordHash: string;
  sourceSystem: string;
  /** Where it differs by the time the decision is applied, the record has come again, and stays open. */
  seenCount: number;
  /** Date of first_seen_at, the row's partition. */
  firstSeenDate: string;
  /** The record_hash of what was sent instead; null where it was not patched. */
  replayedAs: string | null;
}

/** What a person has decided about quarantined records. The file of it is written first and never changed: it is the record of the audit. */
export interface Decision {
  /** `20251107T194652Z-3f2a9c01`: sorts by time. */
  id: string;
  action: DecisionAction;
  /** ISO 8601, UTC. */
  decidedAt: string;
  note: string | null;
  /** The patch as it was given. */
  patch: string | null;
  /** What the rows were chosen by, as it was given. */
  selection: Readonly<Record<string, unknown>>;
  rows: readonly DecidedRow[];
}

const FOLDER = 'state/quarantine';
const KEY = /^state\/quarantine\/[\w-]+\.json$/;

export const isDecisionKey = (key: string): boolean => KEY.test(key);

export const decisionKeyOf = (id: string): string => `${FOLDER}/${id}.json`;

/** A decision with its id: by its time and what it says, so that no two share one. */
export const createDecision = (content: Omit<Decision, 'id' | 'decidedAt'>, now: Date): Decision => {
  const decidedAt = now.toISOString();
  const digest = createHash('sha256').update(JSON.stringify({ decidedAt, ...content })).digest('hex');
  return { id: `${decidedAt.slice(0, 19).replace(/[-:]/g, '')}Z-${digest.slice(0, 8)}`, decidedAt, ...content };
};

/** @returns its S3 key */
export const putDecision = async (objects: Pick<Objects, 'put'>, decision: Decision): Promise<string> => {
  const key = decisionKeyOf(decision.id);
  await objects.put(key, JSON.stringify(decision, null, 1), { contentType: 'application/json' });
  return key;
};

/** undefined where there is none of that key. */
export const readDecision = async (objects: Pick<Objects, 'get'>, key: string): Promise<Decision | undefined> => {
  const bytes = await objects.get(key);
  return bytes && (JSON.parse(Buffer.from(bytes).toString('utf8')) as Decision);
};
