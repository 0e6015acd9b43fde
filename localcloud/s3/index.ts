export { FileObjectStore } from './object-store.ts';
export type { StoredObject, WriteCondition } from './object-store.ts';
export { S3Service } from './s3-service.ts';
