export { isNoSuchQueue, SqsService } from './sqs-service.ts';
export type { RegistryOptions as SqsOptions } from './queue-registry.ts';
