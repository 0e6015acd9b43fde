export { FileObjectStore } from './object-store.ts';
export type { StoredObject, WriteCondition } from './object-store.ts';
