import * as v from 'valibot';
import { latestFor } from './timestamp.ts';

/** What a record's judgement needs to know beside the record. */
export interface JudgeContext {
  /** When the record arrived, `yyyy-MM-dd HH:mm:ss.SSSSSS` UTC: times later than 24 hours after it are invalid. */
  arrivalTimestamp: string;
  /** The record's JSON text, for what must be taken as it was written; absent for sources that are not JSON. */
  text?: string;
}

/** The outcome: a value, never an exception. */
export interface Judgement<Name extends string = string> {
  /** The contract's columns; null where the record has none or it could not be read. */
  columns: Record<Name, string | null>;
  /** `field: rule` for every broken rule, in the contract's order; empty where the record is valid. */
  errors: string[];
  /** Names of the members this contract does not know, in the record's order, at most 64. */
  unknownFields: string[];
}

/** One record kind: which rules it must keep and which columns it fills. */
export interface Contract<Name extends string = string> {
  readonly sourceSystem: string;
  /** Raised whenever a rule changes: quarantine then knows which judgement a reason comes from. */
  readonly version: number;
  readonly columns: readonly Name[];
  judge(record: Readonly<Record<string, unknown>>, context: JudgeContext): Judgement<Name>;
}

type Readable = Readonly<Record<string, unknown>>;

export interface ContractDefinition<Name extends string> {
  sourceSystem: string;
  version: number;
  columns: readonly Name[];
  /** The rules, in the order in which their reasons are told. Keys are the source's own field names. */
  fields: v.ObjectEntries;
  /** Fields that are times: they may not lie more than 24 hours after the arrival. */
  times: readonly string[];
  /** Prepares the members before they are judged, e.g. numbers by their raw text. */
  prepare?: (record: Readable, context: JudgeContext) => Readable;
  /** Fills the columns from the fields that were read; a field that broke a rule is absent. `prepared`: the members as `prepare` left them. */
  toColumns: (read: Readable, context: JudgeContext, prepared: Readable) => Record<Name, string | null>;
}

const MOST_UNKNOWN_FIELDS = 64;
const LONGEST_FIELD_NAME = 128;

/** A field that was read as text, else null. */
export const textOrNull = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** Half of a surrogate pair, which a cut can leave, has no UTF-8: Firehose and Parquet would each write something else for it. */
const wellFormed = (name: string): string => (/[\ud800-\udfff]/.test(name) ? Buffer.from(name).toString() : name);

const unknownFieldsOf = (record: Readable, known: ReadonlySet<string>): string[] => {
  const unknown: string[] = [];
  for (const name in record) {
    if (known.has(name)) continue;
    if (unknown.length === MOST_UNKNOWN_FIELDS) break;
    unknown.push(wellFormed(name.slice(0, LONGEST_FIELD_NAME)));
  }
  return unknown;
};

const fieldOf = (issue: v.BaseIssue<unknown>): string => String(issue.path?.[0]?.key);

/**
 * Arrivals come in long runs of equal or near values, so that the last limit is nearly always the one asked for again.
 */
const createLatest = (): ((arrivalTimestamp: string) => string) => {
  let lastArrival = '';
  let lastLimit = '';
  return (arrivalTimestamp) => {
    if (arrivalTimestamp !== lastArrival) {
      lastLimit = latestFor(arrivalTimestamp);
      lastArrival = arrivalTimestamp;
    }
    return lastLimit;
  };
};

/**
 * Makes a contract from its valibot entries. Every rule is tried, so that a record carries all its reasons.
 *
 * valibot takes about a tenth (app) to a fifth (shop) of capture's time per record; parsing, hashing and writing JSON and
 * base64 take most of the rest.
 */
export const createContract = <Name extends string>(definition: ContractDefinition<Name>): Contract<Name> => {
  const { sourceSystem, version, columns, fields, times, prepare, toColumns } = definition;
  const order = Object.keys(fields);
  const known = new Set(order);
  const schema = v.object(fields, 'missing');
  const latest = createLatest();

  const tooLate = (read: Readable, limit: string): string[] => times.filter((field) => typeof read[field] === 'string' && read[field] > limit);

  const judgeInvalid = (issues: readonly v.BaseIssue<unknown>[], output: Readable, limit: string): { read: Readable; errors: string[] } => {
    const reasons = issues.map((issue) => ({ field: fieldOf(issue), reason: issue.message }));
    const broken = new Set(reasons.map(({ field }) => field));
    let read = Object.fromEntries(order.filter((field) => !broken.has(field)).map((field) => [field, output[field]]));
    for (const field of tooLate(read, limit)) {
      reasons.push({ field, reason: 'more than 24 hours after arrival' });
      broken.add(field);
    }
    read = Object.fromEntries(Object.entries(read).filter(([field]) => !broken.has(field)));
    const place = new Map(order.map((field, index) => [field, index]));
    reasons.sort((a, b) => (place.get(a.field) ?? 0) - (place.get(b.field) ?? 0));
    return { read, errors: reasons.map(({ field, reason }) => `${field}: ${reason}`) };
  };

  const judge = (record: Readable, context: JudgeContext): Judgement<Name> => {
    const prepared = prepare ? prepare(record, context) : record;
    const result = v.safeParse(schema, prepared);
    const limit = latest(context.arrivalTimestamp);
    const output = result.output as Readable;
    const unknownFields = unknownFieldsOf(record, known);
    if (result.success && tooLate(output, limit).length === 0) return { columns: toColumns(output, context, prepared), errors: [], unknownFields };
    const { read, errors } = judgeInvalid(result.issues ?? [], output, limit);
    return { columns: toColumns(read, context, prepared), errors, unknownFields };
  };
  return { sourceSystem, version, columns, judge };
};
