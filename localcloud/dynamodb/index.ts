export { DynamoDbService } from './dynamodb-service.ts';
export type { DynamoDbOptions } from './types.ts';
