import { uriOf, type Objects } from '../aws/index.ts';
import type { BronzeObject, ListObjects } from './backfill-steps.ts';
import { addDays, dateOf, datesBetween, distinctSorted } from './dates.ts';
import type { RunPorts } from './ports.ts';
import type { AcceptedRule, HeldObjects, TakenObjects } from './run-files.ts';
import { SOURCES, type SourceName } from './sources.ts';

export interface ObjectSearch {
  taken: TakenObjects;
  /** Gates released for this run: what they held back is its input too. */
  accepted: readonly AcceptedRule[];
  /** First date of partitions looked at; the last one is tomorrow, for clocks that differ. */
  windowStart: string;
  now: Date;
  /** Most objects of a source in one run: those released, then the oldest partitions; the rest is left to the next run. */
  limit: number;
}

/** Objects of the window's partitions that no committed run has taken and no gate holds back, and those that were released now. */
export const newObjects = async (ports: RunPorts, source: SourceName, search: ObjectSearch): Promise<string[]> => {
  const isReleased = (rule: string): boolean => search.accepted.some((accept) => accept.source === source && accept.rule === rule);
  const held = search.taken.held.filter((entry) => entry.source === source);
  const known = new Set([...search.taken.taken, ...held.flatMap((entry) => entry.objects)]);
  const released = held.filter((entry) => isReleased(entry.rule)).flatMap((entry) => entry.objects);
  const dates = datesBetween(search.windowStart, addDays(dateOf(search.now), 1));
  const found = (await Promise.all(dates.map((date) => listPartition(ports.objects, source, date)))).flat().map(({ uri }) => uri);
  return distinctSorted([...released, ...distinctSorted(found.filter((uri) => !known.has(uri)))].slice(0, search.limit));
};

/** What gates hold back, without what a person has released. */
export const heldExcept = (held: readonly HeldObjects[], accepted: readonly { rule: string; source: string }[]): HeldObjects[] =>
  held.filter(({ rule, source }) => !accepted.some((accept) => accept.rule === rule && accept.source === source));

/** The objects of a partition, taken or not, without those that a gate holds back. */
export const listedObjects = (objects: Objects, held: readonly HeldObjects[]): ListObjects => {
  const isHeld = new Set(held.flatMap((entry) => entry.objects));
  return async (source, date) => (await listPartition(objects, source, date)).filter(({ uri }) => !isHeld.has(uri));
};

const listPartition = async (objects: Objects, source: SourceName, date: string): Promise<BronzeObject[]> => {
  const found: BronzeObject[] = [];
  for await (const { key, sizeBytes } of objects.list(`${SOURCES[source].prefix}ingestion_date=${date}/`)) if (sizeBytes > 0) found.push({ uri: uriOf(objects, key), sizeBytes });
  return found.sort((a, b) => (a.uri < b.uri ? -1 : 1));
};

/** The date of a bronze object's partition. */
export const ingestionDateOf = (uri: string): string => {
  const date = /\/ingestion_date=(\d{4}-\d\d-\d\d)\//.exec(uri)?.[1];
  if (date === undefined) throw new Error(`not an object of a bronze partition: ${uri}`);
  return date;
};
