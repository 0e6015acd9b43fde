import type { Random } from './random.ts';

/** Why a record is in the data: as it should be, with an event time long past, sent a second time, or against the contract. */
export type RecordKind = 'fresh' | 'late' | 'duplicate' | 'broken';

/** One record as its source sends it: a line of JSON or a CSV row, without the line's end. */
export interface GeneratedRecord {
  kind: RecordKind;
  text: string;
}

const duplicateDistance = 50;

/** Sends some records a second time, up to fifty records later, unchanged: what at-least-once delivery does. */
export function* withDuplicates(records: Iterable<GeneratedRecord>, rate: number, random: Random): Generator<GeneratedRecord> {
  let repeats: { text: string; after: number }[] = [];
  let position = 0;
  for (const record of records) {
    yield record;
    position += 1;
    if (record.kind !== 'broken' && random.chance(rate)) repeats.push({ text: record.text, after: position + random.integer(0, duplicateDistance) });
    if (repeats.length === 0) continue;
    for (const repeat of repeats) if (repeat.after <= position) yield { kind: 'duplicate', text: repeat.text };
    repeats = repeats.filter((repeat) => repeat.after > position);
  }
  for (const repeat of repeats) yield { kind: 'duplicate', text: repeat.text };
}

/** Draws from many sequences at once, as sessions of many users run side by side; at most `width` are open, so memory stays flat. */
export function* interleave<T>(sequences: Iterable<Iterable<T>>, width: number, random: Random): Generator<T> {
  const waiting = sequences[Symbol.iterator]();
  const open: Iterator<T>[] = [];
  const openNext = (): void => {
    const next = waiting.next();
    if (next.done !== true) open.push(next.value[Symbol.iterator]());
  };
  while (open.length < width) {
    const before = open.length;
    openNext();
    if (open.length === before) break;
  }
  while (open.length > 0) {
    const at = random.integer(0, open.length - 1);
    const item = open[at]?.next();
    if (item !== undefined && item.done !== true) {
      yield item.value;
      continue;
    }
    const last = open.pop();
    if (last !== undefined && at < open.length) open[at] = last;
    openNext();
  }
}

/** The items of a list in turn, for ever: so a few broken records already show many reasons. */
export const inTurn = <T>(list: readonly T[]): (() => T) => {
  let next = 0;
  return () => {
    const item = list[next % list.length];
    if (item === undefined) throw new RangeError('an empty list has no turns');
    next += 1;
    return item;
  };
};
