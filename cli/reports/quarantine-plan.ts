import type { Objects } from '../../src/lib/aws/index.ts';
import { judgeAnew, type DecisionAction, type Replay } from '../../src/lib/quarantine/index.ts';
import type { LakeReader } from './lake-reader.ts';
import { countRecords, readRecords } from './quarantine-records.ts';
import type { QuarantineFilter, QuarantineRow } from './quarantine-records.ts';

/** What a decision would do to each record it chose. */
export interface DecisionPlan {
  action: DecisionAction;
  /** Open records that match; those above the limit are left for another decision. */
  matching: number;
  settled: { record: QuarantineRow; replay: Replay | null }[];
  /** They break today's contract, or cannot be sent, and stay open. */
  refused: { record: QuarantineRow; reasons: readonly string[] }[];
}

export interface PlanRequest {
  action: DecisionAction;
  filter: QuarantineFilter;
  limit: number;
  /** JSON Merge Patch; null: none. */
  patch: string | null;
  now: Date;
}

/** Chooses the records and, where they are to be replayed, judges each anew. Changes nothing. */
export const planDecision = async ({ action, filter, limit, patch, now }: PlanRequest, lake: LakeReader, objects: Pick<Objects, 'bucket' | 'get'>): Promise<DecisionPlan> => {
  const records = await readRecords(lake, filter, limit);
  const plan: DecisionPlan = { action, matching: records.length < limit ? records.length : await countRecords(lake, filter), settled: [], refused: [] };
  for (const record of records) {
    if (action === 'discard') {
      plan.settled.push({ record, replay: null });
      continue;
    }
    const judged = judgeAnew({ ...record, bytes: await bytesOf(record, objects), origin: record.origins[0] ?? '' }, patch, now);
    if (judged.ok) plan.settled.push({ record, replay: judged.replay });
    else plan.refused.push({ record, reasons: judged.reasons });
  }
  return plan;
};

/** A record's bytes as they came; undefined where an oversize one is no longer kept. */
const bytesOf = async ({ payload, payloadEncoding, payloadLocation }: QuarantineRow, objects: Pick<Objects, 'bucket' | 'get'>): Promise<Buffer | undefined> => {
  if (payload !== null) return Buffer.from(payload, payloadEncoding);
  const bytes = payloadLocation === null ? undefined : await objects.get(payloadLocation.slice(`s3://${objects.bucket}/`.length));
  return bytes && Buffer.from(bytes);
};
