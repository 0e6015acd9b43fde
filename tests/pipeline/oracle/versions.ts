import type { Delivery } from './records.ts';

type Versioned = Delivery & { id: string; time: bigint };

/** Is `a` a greater version than `b`: (event time, arrival, record hash)? */
const isGreater = (a: Versioned, b: Versioned): boolean => {
  if (a.time !== b.time) return a.time > b.time;
  if (a.arrival !== b.arrival) return a.arrival > b.arrival;
  return a.hash > b.hash;
};

/** Every record once, arrived when its first copy did. */
const firstCopies = <T extends Versioned>(deliveries: Iterable<T>): T[] => {
  const byHash = new Map<string, T>();
  for (const delivery of deliveries) {
    const known = byHash.get(delivery.hash);
    if (!known || delivery.arrival < known.arrival) byHash.set(delivery.hash, delivery);
  }
  return [...byHash.values()];
};

/** The row of each key: its greatest version. */
export const currentVersions = <T extends Versioned>(deliveries: Iterable<T>): T[] => {
  const current = new Map<string, T>();
  for (const record of firstCopies(deliveries)) {
    const known = current.get(record.id);
    if (!known || isGreater(record, known)) current.set(record.id, record);
  }
  return [...current.values()];
};

/** One record for each (key, event time), the greatest; in order of time. */
export const history = <T extends Versioned>(deliveries: Iterable<T>): Map<string, T[]> => {
  const moments = new Map<string, T>();
  for (const record of firstCopies(deliveries)) {
    const key = JSON.stringify([record.id, String(record.time)]);
    const known = moments.get(key);
    if (!known || isGreater(record, known)) moments.set(key, record);
  }
  const histories = new Map<string, T[]>();
  for (const record of moments.values()) histories.set(record.id, [...(histories.get(record.id) ?? []), record]);
  for (const versions of histories.values()) versions.sort((a, b) => (a.time < b.time ? -1 : 1));
  return histories;
};
