import { hash } from 'node:crypto';
import type { Expectation, Item, Objects, StateTable, StoredObject } from '../../../src/lib/aws/index.ts';

const etagOf = (bytes: Uint8Array): string => hash('md5', bytes);

/** Small pieces, so that whatever reads them meets their borders. */
async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1_000) yield bytes.subarray(at, at + 1_000);
}

/** A bucket in memory. */
export const memoryObjects = (): Objects & { stored: Map<string, Uint8Array>; puts: string[] } => {
  const stored = new Map<string, Uint8Array>();
  const puts: string[] = [];
  return {
    bucket: 'lake',
    stored,
    puts,
    async put(key, body) {
      puts.push(key);
      stored.set(key, typeof body === 'string' ? Buffer.from(body) : Uint8Array.from(body));
    },
    get: async (key) => stored.get(key),
    async read(key) {
      const bytes = stored.get(key);
      return bytes && piecesOf(bytes);
    },
    async getVersion(key) {
      const bytes = stored.get(key);
      return bytes && { bytes, etag: etagOf(bytes) };
    },
    async putOver(key, body, etag) {
      const present = stored.get(key);
      if ((present && etagOf(present)) !== etag) return false;
      stored.set(key, typeof body === 'string' ? Buffer.from(body) : Uint8Array.from(body));
      return true;
    },
    exists: async (key) => stored.has(key),
    async *list(prefix): AsyncGenerator<StoredObject> {
      for (const [key, bytes] of [...stored].sort(([a], [b]) => (a < b ? -1 : 1))) if (key.startsWith(prefix)) yield { key, sizeBytes: bytes.length, lastModified: new Date(0) };
    },
    async delete(key) {
      stored.delete(key);
    },
  };
};

const holds = (item: Item | undefined, expect: Expectation | undefined): boolean => {
  if (expect === undefined) return true;
  if (expect === 'absent') return item === undefined;
  return Object.entries(expect).every(([member, value]) => (value === null ? item?.[member] === undefined : item?.[member] === value));
};

/** A state table in memory, with the conditions of the real one. */
export const memoryTable = (): StateTable & { items: Map<string, Item> } => {
  const items = new Map<string, Item>();
  return {
    items,
    get: async (key) => structuredClone(items.get(key)),
    async put(key, members, expect) {
      if (!holds(items.get(key), expect)) return false;
      items.set(key, structuredClone(members));
      return true;
    },
    async delete(key, expect) {
      if (!holds(items.get(key), expect)) return false;
      items.delete(key);
      return true;
    },
    async *scan() {
      yield* items.values();
    },
  };
};
