import { gunzipSync, gzipSync } from 'node:zlib';
import type { Objects } from '../aws/index.ts';
import type { Snapshots } from '../lake/index.ts';
import type { Decision } from '../quarantine/index.ts';
import type { Parameters } from '../statements/index.ts';
import type { BackfillProgress } from './backfill-steps.ts';
import type { Floor } from './floor.ts';
import type { HoldingRule } from './rules.ts';
import type { SourceName } from './sources.ts';

/**
 * `load`: what came in since the last run. `sweep`: what lies farther apart than a load looks. `maintenance`: the tables' files.
 * `rollback`: back to what an earlier run committed. `backfill`: a range of dates once more, in steps. `quarantine`: what a person has
 * decided about quarantined records. `retention`: what silver has kept long enough.
 */
export type RunKind = 'load' | 'sweep' | 'maintenance' | 'rollback' | 'backfill' | 'quarantine' | 'retention';

/** What a run works on, fixed when it begins: state/runs/<run id>/input.json. */
export interface RunInput {
  runId: string;
  kind: RunKind;
  fence: number;
  startedAt: string;
  /** `yyyy-MM-dd HH:mm:ss.SSSSSS`: what the run's rows carry, and how they are found again. */
  processingTimestamp: string;
  /**
   * Rows that carry this time or a later one came after the rows of the last commit: from this run, or from a statement of an interrupted
   * one that had been stopped and committed all the same. This run then finds them there and writes nothing, yet gold must have them.
   */
  writtenSince: string;
  /** Every table as it stands before the run. */
  base: Snapshots;
  /** URIs of the bronze objects, in order. */
  objects: Readonly<Record<SourceName, readonly string[]>>;
  /** Gates a person released for this run. */
  accepted: readonly AcceptedRule[];
  /** S3 key of the list of objects taken before this run. */
  takenKey: string | null;
  /** Objects of partitions before this date are no longer looked for. */
  windowStart: string;
  /** From when on, instead of this run's commit, the next load looks for objects: there are more, or they were not looked for. */
  searchFrom: string | null;
  /** Dates whose sessions are computed anew, whether their rows changed or not. */
  recomputedDates?: readonly string[];
  /** How far the last backfill has come once this run is committed; null: there was none. */
  backfill: BackfillProgress | null;
  /** What retention has left once this run is committed; null: it has never run. */
  floor: Floor | null;
  /** Of a rollback: the run it goes back to, and the tables as that one committed them. */
  target?: { runId: string; tables: Snapshots };
  /** Of a quarantine run: the decision it applies. */
  decision?: Decision;
  /** S3 keys of decisions about quarantined records: of a quarantine run the one it applies, of a rollback those since its target, which it keeps. */
  decisions?: readonly string[];
}

export interface AcceptedRule {
  rule: HoldingRule;
  source: SourceName;
}

/** One statement to run. */
export interface Step {
  /** Its file below sql/, without `.sql`. */
  statement: string;
  parameters: Parameters;
  /** Is its result needed to go on? */
  hasResult?: boolean;
}

/** How far a phase has come: state/runs/<run id>/<phase>.json. Facts are what later phases need to know of it. */
export interface Progress<Facts> {
  steps: Step[];
  /** Steps whose end has been taken in. */
  taken: number;
  bytesScanned: number;
  facts: Facts;
}

/** Objects that are done with, or held back: state/taken/<run id>.json.gz. */
export interface TakenObjects {
  taken: string[];
  held: HeldObjects[];
}

export interface HeldObjects {
  source: SourceName;
  rule: HoldingRule;
  /** What the gate measured, for people: `app: 820 of 2000 rows, 0.410 where 0.25 is allowed`. */
  figure: string;
  /** Athena SQL that shows the rows meant. */
  query: string;
  runId: string;
  since: string;
  objects: string[];
}

/** The files of runs in the lake bucket, below state/. */
export interface RunFiles {
  /** @throws Error where the run has not begun. */
  input(runId: string): Promise<RunInput>;
  /** Fixes a run's input; where another invocation has fixed it already, that one counts. @returns the one that counts */
  putInput(input: RunInput): Promise<RunInput>;
  /** undefined where the phase has not begun. */
  progress<Facts>(runId: string, phase: string): Promise<Progress<Facts> | undefined>;
  /** Works out a phase's progress from what is known, and writes it down; anew where another invocation has moved it on meanwhile. */
  updateProgress(runId: string, phase: string, update: (known: Progress<unknown> | undefined) => Promise<Progress<unknown>>): Promise<Progress<unknown>>;
  /** The text of a statement as it is about to be sent, and the token it is sent with. */
  putStatement(runId: string, statement: SentStatement): Promise<void>;
  statements(runId: string): Promise<SentStatement[]>;
  taken(key: string | null): Promise<TakenObjects>;
  putTaken(runId: string, taken: TakenObjects): Promise<string>;
}

export interface SentStatement {
  phase: string;
  step: number;
  attempt: number;
  sql: string;
  token: string;
}

const JSON_TYPE = { contentType: 'application/json' } as const;
const json = (value: unknown): string => JSON.stringify(value, null, 1);
const parsed = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString('utf8'));

export const createRunFiles = (objects: Objects): RunFiles => {
  const folder = (runId: string): string => `state/runs/${runId}`;
  const put = (key: string, value: unknown): Promise<void> => objects.put(key, json(value), JSON_TYPE);
  const input = async (runId: string): Promise<RunInput> => {
    const bytes = await objects.get(`${folder(runId)}/input.json`);
    if (!bytes) throw new Error(`run ${runId} has no input file`);
    return parsed(bytes) as RunInput;
  };
  return {
    input,
    async putInput(fixed) {
      const isFirst = await objects.putOver(`${folder(fixed.runId)}/input.json`, json(fixed), undefined, JSON_TYPE);
      return isFirst ? fixed : input(fixed.runId);
    },
    async progress<Facts>(runId: string, phase: string) {
      const bytes = await objects.get(`${folder(runId)}/${phase}.json`);
      return bytes && parsed(bytes) as Progress<Facts>;
    },
    async updateProgress(runId, phase, update) {
      const key = `${folder(runId)}/${phase}.json`;
      for (;;) {
        const version = await objects.getVersion(key);
        const known = version && (parsed(version.bytes) as Progress<unknown>);
        const next = await update(known);
        if (next === known || (await objects.putOver(key, json(next), version?.etag, JSON_TYPE))) return next;
      }
    },
    putStatement: (runId, statement) => put(`${folder(runId)}/statements/${statement.phase}-${String(statement.step).padStart(4, '0')}-${statement.attempt}.json`, statement),
    async statements(runId) {
      const statements: SentStatement[] = [];
      for await (const { key } of objects.list(`${folder(runId)}/statements/`)) {
        const bytes = await objects.get(key);
        if (bytes) statements.push(parsed(bytes) as SentStatement);
      }
      return statements;
    },
    async taken(key) {
      if (key === null) return { taken: [], held: [] };
      const bytes = await objects.get(key);
      if (!bytes) throw new Error(`the list of taken objects ${key} is missing`);
      return parsed(gunzipSync(bytes)) as TakenObjects;
    },
    async putTaken(runId, taken) {
      const key = `state/taken/${runId}.json.gz`;
      await objects.put(key, gzipSync(JSON.stringify(taken)), { contentType: 'application/gzip' });
      return key;
    },
  };
};
