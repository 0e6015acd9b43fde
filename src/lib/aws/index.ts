export { createClients } from './clients.ts';
export type { Clients } from './clients.ts';
export { awsConfigOf, required, wholeNumber } from './config.ts';
export type { AwsConfig, Environment } from './config.ts';
export { createObjects, uriOf } from './objects.ts';
export type { Objects, ObjectVersion, StoredObject } from './objects.ts';
export { createStateTable } from './state.ts';
export type { Expectation, Item, StateTable } from './state.ts';
export { readSecret } from './secrets.ts';
