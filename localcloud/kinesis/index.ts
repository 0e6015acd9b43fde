export { KinesisService } from './kinesis-service.ts';
export type { KinesisOptions } from './types.ts';
