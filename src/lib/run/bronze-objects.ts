import { addDays, dateOf, datesBetween, distinctSorted } from './dates.ts';
import type { RunPorts } from './ports.ts';
import type { AcceptedRule, TakenObjects } from './run-files.ts';
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
  const found = await Promise.all(dates.map((date) => listPartition(ports, `${SOURCES[source].prefix}ingestion_date=${date}/`)));
  return distinctSorted([...released, ...distinctSorted(found.flat().filter((uri) => !known.has(uri)))].slice(0, search.limit));
};

const listPartition = async ({ objects }: RunPorts, prefix: string): Promise<string[]> => {
  const uris: string[] = [];
  for await (const { key, sizeBytes } of objects.list(prefix)) if (sizeBytes > 0) uris.push(`s3://${objects.bucket}/${key}`);
  return uris;
};

/** The date of a bronze object's partition. */
export const ingestionDateOf = (uri: string): string => {
  const date = /\/ingestion_date=(\d{4}-\d\d-\d\d)\//.exec(uri)?.[1];
  if (date === undefined) throw new Error(`not an object of a bronze partition: ${uri}`);
  return date;
};
