import type { Item, Objects, StateTable, StoredObject } from '../../src/lib/aws/index.ts';

/** A bucket in memory. */
export const memoryObjects = (bucket = 'lake-test'): Objects & { keys(): string[] } => {
  const stored = new Map<string, Uint8Array>();
  return {
    bucket,
    keys: () => [...stored.keys()].sort(),
    async put(key, body) {
      stored.set(key, typeof body === 'string' ? Buffer.from(body) : body);
    },
    async get(key) {
      return stored.get(key);
    },
    async exists(key) {
      return stored.has(key);
    },
    async *list(prefix): AsyncIterable<StoredObject> {
      for (const key of [...stored.keys()].sort()) if (key.startsWith(prefix)) yield { key, sizeBytes: stored.get(key)!.length, lastModified: new Date(0) };
    },
    async delete(key) {
      stored.delete(key);
    },
  };
};

/** A DynamoDB table in memory, with its conditions. */
export const memoryStateTable = (): StateTable => {
  const items = new Map<string, Item>();
  const holds = (key: string, expect: Parameters<StateTable['put']>[2]): boolean => {
    const item = items.get(key);
    if (expect === undefined) return true;
    if (expect === 'absent') return item === undefined;
    return item !== undefined && Object.entries(expect).every(([member, value]) => (value === null ? item[member] === undefined : item[member] === value));
  };
  return {
    async get(key) {
      return structuredClone(items.get(key));
    },
    async put(key, members, expect) {
      if (!holds(key, expect)) return false;
      items.set(key, structuredClone(members));
      return true;
    },
    async delete(key, expect) {
      if (!holds(key, expect)) return false;
      items.delete(key);
      return true;
    },
    async *scan() {
      yield* items.values();
    },
  };
};
